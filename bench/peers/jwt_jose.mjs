// How long npm's jose takes for the tokens of jwt_bench, with keys imported once. Prints Google
// Benchmark's JSON form.
// usage: NODE_PATH=DIR node jwt_jose.mjs REPETITIONS
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const repetitions = Number(process.argv[2]);
if (!Number.isInteger(repetitions) || repetitions < 1) {
  console.error("usage: node jwt_jose.mjs REPETITIONS");
  process.exit(2);
}
let jose;
try {
  jose = await import(pathToFileURL(createRequire(import.meta.url).resolve("jose")));
} catch {
  const absent = [{ peer: "jose", reason: "the npm package jose is not installed" }];
  console.log(JSON.stringify({ absent }));
  process.exit(0);
}

const claims = { iss: "https://auth.example.com/", sub: "user-1234567890", aud: "api://coefficient",
                 iat: 1700000000, exp: 4102444800, jti: "b1f7c0de-8f0a-4d5b-9a3e-6f1f2d7c8e90" };
const secret = createSecretKey(Buffer.from("0123456789abcdef0123456789ABCDEF"));
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = generateKeyPairSync("ed25519");

function sign(alg, key) {
  return new jose.SignJWT(claims).setProtectedHeader({ alg, typ: "JWT", kid: "key-2026-01" }).sign(key);
}

async function verifying(alg, signKey, key) {
  const token = await sign(alg, signKey);
  const rule = { algorithms: [alg], issuer: claims.iss, audience: claims.aud };
  return async () => {
    if ((await jose.jwtVerify(token, key, rule)).payload.sub !== claims.sub) throw new Error("refused");
  };
}

const cases = [
  ["jwt_hs256_verify", await verifying("HS256", secret, secret)],
  ["jwt_hs256_sign", () => sign("HS256", secret)],
  ["jwt_rs256_verify", await verifying("RS256", rsa.privateKey, rsa.publicKey)],
  ["jwt_es256_verify", await verifying("ES256", ec.privateKey, ec.publicKey)],
  ["jwt_eddsa_verify", await verifying("EdDSA", ed.privateKey, ed.publicKey)],
];

const minimumNanoseconds = 200_000_000n;
async function measure(run) {
  let iterations = 0;
  const begin = process.hrtime.bigint();
  let spent;
  do {
    for (let i = 0; i < 16; i++) await run();
    iterations += 16;
    spent = process.hrtime.bigint() - begin;
  } while (spent < minimumNanoseconds);
  return { iterations, nanoseconds: Number(spent) / iterations };
}

const benchmarks = [];
for (const [, run] of cases) await measure(run);  // lets the JIT settle
for (let repetition = 0; repetition < repetitions; repetition++) {
  for (const [name, run] of cases) {
    const { iterations, nanoseconds } = await measure(run);
    benchmarks.push({ name: `${name}/peer:npm-jose`, run_type: "iteration",
                      repetition_index: repetition, iterations, real_time: nanoseconds,
                      cpu_time: nanoseconds, time_unit: "ns" });
  }
}
console.log(JSON.stringify({ context: { node: process.version }, benchmarks }, null, 1));
