// How each series of dispatch is drawn (components/series_chart.js). What comes to the bus is above the axis, what
// leaves it below; the plan is filled, and what was metered outlines it.

const FLOWS = [
  ["buy", "Bought", 1],
  ["discharge", "Discharged", 1],
  ["sell", "Sold", -1],
  ["charge", "Charged", -1],
];

const planned = ([key, name, sign]) => [
  `plan_${key}`,
  { colour: `series-${key}`, kind: "bar", stack: "plan", negative: sign < 0, name: `${name}, planned`, isPale: true },
];
const metered = ([key, name, sign]) => [
  key,
  { colour: `series-${key}`, kind: "step", stack: "metered", negative: sign < 0, name, isMetered: true },
];

export const FLOW_LOOKS = Object.fromEntries([...FLOWS.map(planned), ...FLOWS.map(metered)]);

export const LOAD_LOOKS = {
  generation: { colour: "series-generation", kind: "line", area: true, isMetered: true },
  load: { colour: "series-load", kind: "line", isMetered: true },
  forecast: { colour: "series-price", kind: "step", dash: "dashed", width: 1.5 },
};

export const PRICE_LOOKS = {
  price_buy: { colour: "series-buy", kind: "step" },
  price_sell: { colour: "series-sell", kind: "step" },
  price_bus: { colour: "series-price", kind: "step" },
};

export const DEVIATION_LOOKS = {
  deviation: { colour: "series-discharge", kind: "bar", isMetered: true },
};
