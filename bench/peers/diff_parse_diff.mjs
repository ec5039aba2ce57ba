// How long npm's parse-diff takes for the input of diff_bench. Prints Google Benchmark's JSON form.
// usage: NODE_PATH=DIR node diff_parse_diff.mjs REPETITIONS INPUT
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [repetitions, input] = [Number(process.argv[2]), process.argv[3]];
if (!Number.isInteger(repetitions) || repetitions < 1 || input === undefined) {
  console.error("usage: node diff_parse_diff.mjs REPETITIONS INPUT");
  process.exit(2);
}
const require = createRequire(import.meta.url);
let parse;
try {
  const module = await import(pathToFileURL(require.resolve("parse-diff")));
  parse = typeof module.default === "function" ? module.default : module.default.default;
} catch {
  const absent = [{ peer: "parse-diff", reason: "the npm package parse-diff is not installed" }];
  console.log(JSON.stringify({ absent }));
  process.exit(0);
}

const text = readFileSync(input, "utf8");
const benchmarks = [];
for (let i = 0; i < repetitions; i++) {
  const begin = process.hrtime.bigint();
  const files = parse(text);
  const spent = Number(process.hrtime.bigint() - begin);
  if (files.length < 1000) throw new Error("files are missing");
  benchmarks.push({ name: "diff_parse_40MB/peer:npm-parse-diff", run_type: "iteration",
                    repetition_index: i, iterations: 1, real_time: spent, cpu_time: spent,
                    time_unit: "ns" });
}
console.log(JSON.stringify({ context: { node: process.version }, benchmarks }, null, 1));
