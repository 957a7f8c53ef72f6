/** What the server has sent of each run: its status, its records in order of their steps, its snapshots. */

/**
 * @typedef {Object} Moment
 * @property {number} step
 * @property {string} token  tells it from another one of the same step
 */

export function createRecords() {
  const runs = new Map();

  /** Take an answer; tells what is new in it. */
  function add(name, snapshot) {
    const { lines = [], moments = [], fold, ...status } = snapshot;
    let held = runs.get(name);
    if (!held || held.status.born !== status.born) runs.set(name, (held = { lines: [], moments: [], status: {}, columns: new Map() }));
    held.fold = fold ?? held.fold;
    const fresh = lines.filter((line) => line.step > last(name));
    held.lines.push(...fresh);
    if (fresh.length) held.columns.clear();
    const found = moments.map(([step, token]) => ({ step, token }));
    const news = {
      records: fresh.length > 0,
      moments: JSON.stringify(found) !== JSON.stringify(held.moments),
      status: JSON.stringify(status) !== JSON.stringify(held.status),
    };
    if (news.moments) held.moments = found;
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
    moments: (name) => runs.get(name)?.moments ?? [],
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

/** The snapshot at or before `step`, else the first; the newest where step is null. */
export function snapshotAt(moments, step) {
  if (step === null) return moments.at(-1) ?? null;
  return moments.findLast((moment) => moment.step <= step) ?? moments[0] ?? null;
}
