/** The records of a run as CSV: one row a record, a column for each figure, empty where a record has none. */

const PLAIN = ["step", "seconds", "images_per_second", "loss", "elbo", "rate", "distortion", "active_units", "grad_norm", "lr", "beta"];
const TEST = ["elbo", "rate", "distortion", "active_units"];

/** @param {Object[]} lines  records in order of their steps */
export function toCsv(lines) {
  const D = Math.max(0, ...lines.map((line) => line.rate_per_dimension?.length ?? 0));
  const each = Array.from({ length: D }, (_, j) => j);
  const header = [...PLAIN, ...each.map((j) => `rate_${j + 1}`), ...TEST.map((name) => `test_${name}`), ...each.map((j) => `test_rate_${j + 1}`)];
  const rows = lines.map((line) => [
    ...PLAIN.map((name) => line[name]),
    ...each.map((j) => line.rate_per_dimension?.[j]),
    ...TEST.map((name) => line.test?.[name]),
    ...each.map((j) => line.test?.rate_per_dimension?.[j]),
  ]);
  return [header, ...rows].map((row) => row.map((value) => value ?? "").join(",")).join("\r\n") + "\r\n";
}
