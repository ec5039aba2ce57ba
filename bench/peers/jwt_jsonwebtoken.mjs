// How long npm's jsonwebtoken takes for the tokens of jwt_bench, with key objects made once. Prints
// Google Benchmark's JSON form.
// usage: NODE_PATH=DIR node jwt_jsonwebtoken.mjs REPETITIONS
import { createPublicKey, createSecretKey, generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";

const repetitions = Number(process.argv[2]);
if (!Number.isInteger(repetitions) || repetitions < 1) {
  console.error("usage: node jwt_jsonwebtoken.mjs REPETITIONS");
  process.exit(2);
}
let jwt;
try {
  jwt = createRequire(import.meta.url)("jsonwebtoken");
} catch {
  const absent = [{ peer: "jsonwebtoken", reason: "the npm package jsonwebtoken is not installed" }];
  console.log(JSON.stringify({ absent }));
  process.exit(0);
}

const claims = { iss: "https://auth.example.com/", sub: "user-1234567890", aud: "api://coefficient",
                 iat: 1700000000, exp: 4102444800, jti: "b1f7c0de-8f0a-4d5b-9a3e-6f1f2d7c8e90" };
const secret = createSecretKey(Buffer.from("0123456789abcdef0123456789ABCDEF"));
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });

function verifying(algorithm, signKey, key) {
  const token = jwt.sign(claims, signKey, { algorithm, keyid: "key-2026-01" });
  const rule = { algorithms: [algorithm], issuer: claims.iss, audience: claims.aud };
  return () => { if (jwt.verify(token, key, rule).sub !== claims.sub) throw new Error("refused"); };
}

const cases = [
  ["jwt_hs256_verify", verifying("HS256", secret, secret)],
  ["jwt_hs256_sign", () => { jwt.sign(claims, secret, { algorithm: "HS256", keyid: "key-2026-01" }); }],
  ["jwt_rs256_verify", verifying("RS256", rsa.privateKey, createPublicKey(rsa.publicKey.export({ type: "spki", format: "pem" })))],
  ["jwt_es256_verify", verifying("ES256", ec.privateKey, createPublicKey(ec.publicKey.export({ type: "spki", format: "pem" })))],
];

const minimumNanoseconds = 200_000_000n;
function measure(run) {
  let iterations = 0;
  const begin = process.hrtime.bigint();
  let spent;
  do {
    for (let i = 0; i < 16; i++) run();
    iterations += 16;
    spent = process.hrtime.bigint() - begin;
  } while (spent < minimumNanoseconds);
  return { iterations, nanoseconds: Number(spent) / iterations };
}

const benchmarks = [];
for (const [, run] of cases) measure(run);  // lets the JIT settle
for (let repetition = 0; repetition < repetitions; repetition++) {
  for (const [name, run] of cases) {
    const { iterations, nanoseconds } = measure(run);
    benchmarks.push({ name: `${name}/peer:npm-jsonwebtoken`, run_type: "iteration",
                      repetition_index: repetition, iterations, real_time: nanoseconds,
                      cpu_time: nanoseconds, time_unit: "ns" });
  }
}
console.log(JSON.stringify({ context: { node: process.version, node_openssl: process.versions.openssl },
                             benchmarks }, null, 1));
