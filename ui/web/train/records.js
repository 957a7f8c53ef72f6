/**
 * What the server has sent of each run: its status, its records in order of their steps, its snapshots; and the records
 * as CSV.
 */

/**
 * @typedef {Object} Snapshot
 * @property {number} step
 * @property {string} token  tells it from another one of the same step
 */

export function createRecords() {
  const runs = new Map();

  /** Take an answer; tells what is new in it. */
  function add(name, answer) {
    const { lines = [], moments: saved = [], fold, ...status } = answer;
    let held = runs.get(name);
    if (!held || held.status.born !== status.born) runs.set(name, (held = { lines: [], snapshots: [], status: {}, columns: new Map() }));
    held.fold = fold ?? held.fold;
    const fresh = lines.filter((line) => line.step > last(name));
    held.lines.push(...fresh);
    if (fresh.length) held.columns.clear();
    const found = saved.map(([step, token]) => ({ step, token }));
    const news = {
      records: fresh.length > 0,
      snapshots: JSON.stringify(found) !== JSON.stringify(held.snapshots),
      status: JSON.stringify(status) !== JSON.stringify(held.status),
    };
    if (news.snapshots) held.snapshots = found;
    if (news.status) held.status = status;
    return news;
  }

  const last = (name) => runs.get(name)?.lines.at(-1)?.step ?? 0;

  /** A column of the records: `key` as in the file, "test.elbo" for a figure of the test images; only where it is. */
  function column(name, key) {
    const held = runs.get(name);
    if (!held) return NONE;
    if (!held.columns.has(key)) held.columns.set(key, extract(held.lines, key));
    return held.columns.get(key);
  }

  return {
    add,
    last,
    column,
    lines: (name) => runs.get(name)?.lines ?? [],
    snapshots: (name) => runs.get(name)?.snapshots ?? [],
    fold: (name) => runs.get(name)?.fold ?? null,
    status: (name) => runs.get(name)?.status ?? null,
  };
}

const NONE = { step: [], seconds: [], value: [] };

function extract(lines, key) {
  const [part, inner] = key.split(".");
  const read = inner ? (line) => line[part]?.[inner] : (line) => line[part];
  const column = { step: [], seconds: [], value: [] };
  for (const line of lines) {
    const value = read(line);
    if (value === undefined || value === null) continue;
    column.step.push(line.step);
    column.seconds.push(line.seconds);
    column.value.push(value);
  }
  return column;
}

/**
 * The exponential mean of the values so far, without the pull of its beginning.
 * @param {number[]} values
 * @param {number} keep  0 (none) to below 1: weight of what was before
 */
export function smoothed(values, keep) {
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}

/**
 * The two ends of a y axis: all but the outer 2 % of the values after each column's start, and some room.
 * @param {{step: number[], value: number[], from: number}[]} columns  what comes up to step `from` is left out
 * @param {boolean} positive  whether the lower end must be above 0
 * @returns {[number, number] | null}  null where there are too few values or all are equal
 */
export function rangeAfterStart(columns, positive) {
  const values = columns.flatMap(({ step, value, from }) => value.filter((y, n) => step[n] > from && Number.isFinite(y))).sort((a, b) => a - b);
  const at = (share) => values[Math.round(share * (values.length - 1))];
  const [low, high] = [at(0.02), at(0.98)];
  if (values.length < LEAST_VALUES || !(high > low)) return null;
  const room = 0.12 * (high - low);
  return [positive ? Math.max(low - room, 0.8 * low) : low - room, high + room];
}

const LEAST_VALUES = 5;

/** The snapshot at or before `step`, else the first; the newest where step is null. */
export function snapshotAt(snapshots, step) {
  if (step === null) return snapshots.at(-1) ?? null;
  return snapshots.findLast((snapshot) => snapshot.step <= step) ?? snapshots[0] ?? null;
}

const PLAIN = ["step", "seconds", "images_per_second", "loss", "elbo", "rate", "distortion", "active_units", "grad_norm", "lr", "beta"];
const TEST = ["elbo", "rate", "distortion", "active_units"];

/**
 * The records of a run as CSV: one row a record, a column for each figure, empty where a record has none.
 * @param {Object[]} lines  records in order of their steps
 */
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
