// The views, in the order of the navigation: name, title, key, and the module that is fetched when it is first shown.

export const VIEWS = [
  { name: "overview", title: "Overview", load: () => import("../views/overview.js") },
  { name: "blocks", title: "Blocks", load: () => import("../views/blocks.js") },
  { name: "chain", title: "TDVA chain", load: () => import("../views/chain.js") },
  { name: "validators", title: "Validators", load: () => import("../views/validators.js") },
  { name: "dispatch", title: "Dispatch", load: () => import("../views/dispatch.js") },
  { name: "storage", title: "Storage", load: () => import("../views/storage.js") },
  { name: "markets", title: "Markets", load: () => import("../views/markets.js") },
  { name: "network", title: "Network", load: () => import("../views/network.js") },
  { name: "alerts", title: "Alerts", load: () => import("../views/alerts.js") },
];
