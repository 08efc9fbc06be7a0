import { Shell } from "./components/shell.js";
import { html, render } from "./lib/html.js";
import { follow } from "./lib/live.js";
import "./lib/theme.js";

render(html`<${Shell} />`, document.getElementById("app"));
follow();
