#include "audit/destroy_file.h"

#include <algorithm>
#include <vector>

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

Result<> overwrite_file(const Directory& directory, const std::string& name) {
  Result<Descriptor> file = directory.open_to_write(name);
  if (!file && file.error().code == ErrorCode::kNotFound) return {};
  if (!file) return file.error();
  const std::int64_t size = file_size(file->get());
  if (size < 0) return directory.failed(name);
  const std::vector<std::byte> zeros(std::min(static_cast<std::size_t>(size), kMaxKeyFileBytes));
  if (!write_all(directory.calls(), file->get(), zeros, 0) ||
      directory.calls().fdatasync(file->get()) != 0)
    return directory.failed(name);
  return {};
}

Result<> destroy_file(const Directory& directory, const std::string& name) {
  if (Result<> done = overwrite_file(directory, name); !done) return done;
  if (Result<> done = directory.remove(name); !done) return done;
  return directory.sync();
}

Result<> destroy_written(const Directory& directory, const std::string& name) {
  if (Result<> done = destroy_file(directory, kTemporaryPrefix + name); !done) return done;
  return destroy_file(directory, name);
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
