/** The charts: what each one shows of a run, in which unit, and whether its values may stand on a logarithmic axis. */

/**
 * @typedef {Object} Line
 * @property {string} key  a column of the records
 * @property {string} name
 * @property {"train" | "test" | "second"} look
 * @property {boolean} [right]  belongs to the axis at the right
 */
export const CHARTS = [
  {
    id: "elbo", title: "ELBO", unit: "nats a picture, higher is better", first: true,
    lines: [{ key: "elbo", name: "train", look: "train" }, { key: "test.elbo", name: "test", look: "test" }],
  },
  {
    id: "rate", title: "Rate", unit: "nats: the price of z", first: true, positive: true,
    lines: [{ key: "rate", name: "train", look: "train" }, { key: "test.rate", name: "test", look: "test" }],
  },
  {
    id: "distortion", title: "Distortion", unit: "nats: what is still wrong", first: true,
    lines: [{ key: "distortion", name: "train", look: "train" }, { key: "test.distortion", name: "test", look: "test" }],
  },
  { id: "dimensions", title: "Rate of each dimension", unit: "nats, stacked", first: true, stacked: "rate_per_dimension" },
  {
    id: "active", title: "Active units", unit: "dimensions with a rate above 0.01 nats", steps: true,
    lines: [{ key: "active_units", name: "train", look: "train" }, { key: "test.active_units", name: "test", look: "test" }],
  },
  { id: "loss", title: "Loss", unit: "what is minimised", lines: [{ key: "loss", name: "train", look: "train" }] },
  { id: "gradient", title: "Gradient norm", unit: "", positive: true, lines: [{ key: "grad_norm", name: "train", look: "train" }] },
  { id: "lr", title: "Learning rate", unit: "", positive: true, steps: true, lines: [{ key: "lr", name: "lr", look: "train" }] },
  { id: "beta", title: "β", unit: "weight of the rate", steps: true, lines: [{ key: "beta", name: "β", look: "train" }] },
  { id: "speed", title: "Speed", unit: "images a second", positive: true, lines: [{ key: "images_per_second", name: "train", look: "train" }] },
];
