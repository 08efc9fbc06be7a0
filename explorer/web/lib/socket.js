// The node's WebSocket: it resumes from the last block that came, and comes back after a pause that doubles.

import { parse } from "./exact.js";

const PAUSE_MS = 500;
const PAUSE_MS_MAX = 15_000;
const SPREAD = 0.3;

/** Milliseconds until the attempt number `attempt` (from 0), spread so that pages do not all come at once. */
export function pause(attempt, chance = Math.random()) {
  return Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** attempt) * (1 - SPREAD + 2 * SPREAD * chance);
}

/**
 * Follow topics for as long as the page is open, on sockets that `dial` makes. Handlers: onMessage(message),
 * onState(state, pause_ms).
 */
export class Feed {
  #dial;
  #topics;
  #handlers;
  #socket = null;
  #attempt = 0;
  #timer = 0;
  #height = null;

  constructor(dial, topics, handlers) {
    this.#dial = dial;
    this.#topics = topics;
    this.#handlers = handlers;
  }

  /** Connect now, whatever was being waited for. */
  connect() {
    clearTimeout(this.#timer);
    this.#socket?.close();
    const socket = this.#dial();
    this.#socket = socket;
    socket.addEventListener("open", () => this.#subscribe(socket));
    socket.addEventListener("message", (event) => this.#take(socket, event.data));
    socket.addEventListener("close", () => this.#lose(socket));
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #subscribe(socket) {
    const request = { subscribe: this.#topics };
    if (this.#height !== null) request.from_height = this.#height;
    socket.send(JSON.stringify(request));
  }

  #take(socket, text) {
    if (socket !== this.#socket) return;
    const message = parse(text);
    this.#attempt = 0;
    if (message.topic === "blocks") this.#height = Math.max(this.#height ?? 0, message.height);
    if (message.topic === "gap") this.#height = message.to;
    this.#handlers.onState("open", 0);
    this.#handlers.onMessage(message);
  }

  #lose(socket) {
    if (socket !== this.#socket) return;
    const wait = pause(this.#attempt++);
    this.#timer = setTimeout(() => this.connect(), wait);
    this.#handlers.onState("lost", wait);
  }
}
