#include "coefficient/diff/exclusions.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

// Only names that nobody gives to a file of their own by accident, and nothing that runs on its own
// (no gradlew): a rule that is too wide hides code from its review. No macros: a repository's own
// would change what they mean.
std::string_view default_exclusions() noexcept {
  return R"(
# Lock files: what a package manager resolved.
package-lock.json linguist-generated
npm-shrinkwrap.json linguist-generated
yarn.lock linguist-generated
pnpm-lock.yaml linguist-generated
bun.lock linguist-generated
bun.lockb linguist-generated
deno.lock linguist-generated
.pnp.cjs linguist-generated
.pnp.js linguist-generated
.pnp.loader.mjs linguist-generated
Cargo.lock linguist-generated
Cargo.toml.orig linguist-generated
go.sum linguist-generated
go.work.sum linguist-generated
Gopkg.lock linguist-generated
glide.lock linguist-generated
Gemfile.lock linguist-generated
gems.locked linguist-generated
composer.lock linguist-generated
symfony.lock linguist-generated
poetry.lock linguist-generated
Pipfile.lock linguist-generated
pdm.lock linguist-generated
uv.lock linguist-generated
pixi.lock linguist-generated
pylock.toml linguist-generated
conda-lock.yml linguist-generated
mix.lock linguist-generated
rebar.lock linguist-generated
pubspec.lock linguist-generated
Podfile.lock linguist-generated
Package.resolved linguist-generated
Cartfile.resolved linguist-generated
packages.lock.json linguist-generated
project.assets.json linguist-generated
paket.lock linguist-generated
gradle.lockfile linguist-generated
buildscript-gradle.lockfile linguist-generated
conan.lock linguist-generated
vcpkg-lock.json linguist-generated
MODULE.bazel.lock linguist-generated
maven_install.json linguist-generated
cargo-bazel-lock.json linguist-generated
flake.lock linguist-generated
.terraform.lock.hcl linguist-generated
Chart.lock linguist-generated
stack.yaml.lock linguist-generated
cabal.project.freeze linguist-generated
Manifest.toml linguist-generated
renv.lock linguist-generated
packrat.lock linguist-generated
shard.lock linguist-generated
cpanfile.snapshot linguist-generated
dub.selections.json linguist-generated
nimble.lock linguist-generated
spago.lock linguist-generated
elm-stuff/** linguist-generated
esy.lock/** linguist-generated
ivy.lock linguist-generated
dependencies.lock linguist-generated
devbox.lock linguist-generated
devenv.lock linguist-generated

# Minified and bundled files, source maps.
*.min.* linguist-generated
*-min.js linguist-generated
*-min.css linguist-generated
*.bundle.js linguist-generated
*.chunk.js linguist-generated
*.chunk.css linguist-generated
*.map linguist-generated

# What interface compilers write: Protocol Buffers, gRPC, Thrift, FlatBuffers, Cap'n Proto, Wire.
*.pb.go linguist-generated
*.pb.gw.go linguist-generated
*.pb.validate.go linguist-generated
*.pb.cc linguist-generated
*.pb.h linguist-generated
*.pb.c linguist-generated
*.pb-c.c linguist-generated
*.pb-c.h linguist-generated
*.pb.swift linguist-generated
*.grpc.swift linguist-generated
*.pb.dart linguist-generated
*.pbenum.dart linguist-generated
*.pbgrpc.dart linguist-generated
*.pbjson.dart linguist-generated
*.pbserver.dart linguist-generated
*.pbobjc.h linguist-generated
*.pbobjc.m linguist-generated
*.pbrpc.h linguist-generated
*.pbrpc.m linguist-generated
*.pb.rb linguist-generated
*_pb.rb linguist-generated
*_pb.js linguist-generated
*_pb.ts linguist-generated
*_pb.d.ts linguist-generated
*_grpc_pb.js linguist-generated
*_grpc_pb.d.ts linguist-generated
*_pb2.py linguist-generated
*_pb2.pyi linguist-generated
*_pb2_grpc.py linguist-generated
*_pb2_grpc.pyi linguist-generated
*.capnp.c++ linguist-generated
*.capnp.h linguist-generated
*_generated.h linguist-generated
**/gen-go/** linguist-generated
**/gen-py/** linguist-generated
**/gen-java/** linguist-generated
wire_gen.go linguist-generated

# What other generators write into the source tree.
*.designer.cs linguist-generated
*.Designer.cs linguist-generated
*.designer.vb linguist-generated
*.Designer.vb linguist-generated
*.g.cs linguist-generated
*.g.i.cs linguist-generated
*.g.dart linguist-generated
*.freezed.dart linguist-generated
*.mocks.dart linguist-generated
*.gr.dart linguist-generated
zz_generated.* linguist-generated
*.generated.* linguist-generated
**/__generated__/** linguist-generated
**/__snapshots__/** linguist-generated
**/.ipynb_checkpoints/** linguist-generated

# What a build or an interpreter leaves behind.
**/__pycache__/** linguist-generated
**/.next/** linguist-generated
**/.nuxt/** linguist-generated
**/.svelte-kit/** linguist-generated
**/.gradle/** linguist-generated
**/.dart_tool/** linguist-generated
**/.terraform/** linguist-generated

# Other people's code.
**/node_modules/** linguist-vendored
**/bower_components/** linguist-vendored
**/jspm_packages/** linguist-vendored
**/web_modules/** linguist-vendored
**/vendor/** linguist-vendored
**/vendors/** linguist-vendored
**/vendored/** linguist-vendored
**/_vendor/** linguist-vendored
**/third_party/** linguist-vendored
**/third-party/** linguist-vendored
**/thirdparty/** linguist-vendored
**/3rdparty/** linguist-vendored
**/3rd_party/** linguist-vendored
**/3rd-party/** linguist-vendored
**/ThirdParty/** linguist-vendored
**/Godeps/** linguist-vendored
**/Pods/** linguist-vendored
**/Carthage/Checkouts/** linguist-vendored
**/Carthage/Build/** linguist-vendored
**/site-packages/** linguist-vendored
**/.yarn/releases/** linguist-vendored
**/.yarn/plugins/** linguist-vendored
**/.yarn/cache/** linguist-vendored
**/.yarn/sdks/** linguist-vendored
**/.yarn/unplugged/** linguist-vendored
)";
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
