// How each series of a storage is drawn (components/series_chart.js).

export const CHARGE_LOOKS = {
  highest: { colour: "bad", kind: "line", dash: "dashed", width: 1.5 },
  lowest: { colour: "bad", kind: "line", dash: "dashed", width: 1.5 },
  soc_planned: { colour: "series-load", kind: "line" },
  soc: { colour: "series-charge", kind: "line", area: true, width: 2.5, isMetered: true },
};

export const POWER_LOOKS = {
  told: { colour: "series-price", kind: "step" },
  reported: { colour: "series-charge", kind: "step", dash: "dashed", isMetered: true },
  available: { colour: "series-load", kind: "step", width: 1 },
};

export const ENERGY_LOOKS = {
  charge: { colour: "series-charge", kind: "bar", stack: "energy", isMetered: true },
  discharge: { colour: "series-discharge", kind: "bar", stack: "energy", negative: true, isMetered: true },
};

export const RESERVED_LOOKS = {
  reserved: { colour: "series-price", kind: "step", area: true, name: "Reserved" },
  delivered: { colour: "series-discharge", kind: "bar", name: "Delivered" },
};
