// The labelling's requests. On a server with keys, every one carries the key that this tab was given: pictures too.

import { config } from "../page.js";

const KEY = "label-key";

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function setKey(key) {
  sessionStorage.setItem(KEY, key);
}

function headers() {
  const key = sessionStorage.getItem(KEY);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** The answer to a request under the shop's own path. Throws Refused; status 0 means that nobody answered. */
async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`${config.prefix}${path}`, { ...options, headers: { ...headers(), ...options.headers } });
  } catch {
    throw new Refused(0, "");
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => null);
  throw new Refused(answer.status, told?.error?.message ?? answer.statusText);
}

const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value != null));

export const nextPairs = async (rater, round, limit) =>
  (await ask(`/v1/labelling/next?${query({ rater, round, limit })}`)).json();

export const judge = async (rater, round, pair, grade) =>
  (await ask(`/v1/labelling/judgements?${query({ round })}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ pair, rater, grade }),
  })).json();

export const undo = async (rater, round, pair) =>
  (await ask(`/v1/labelling/judgements?${query({ rater, round, pair })}`, { method: "DELETE" })).json();

export const agreement = async (round) => (await ask(`/v1/labelling/agreement?${query({ round })}`)).json();

/** A pair as nodes, its pictures on their way. */
export async function pairNodes(id) {
  const made = document.createElement("template");
  made.innerHTML = await (await ask(`/label/pairs/${id}`, { headers: { Accept: "text/html" } })).text();
  for (const image of made.content.querySelectorAll("img[data-src]")) load(image);
  return [...made.content.children];
}

/** An <img> can't carry a key, so with one its picture is fetched and shown from memory. */
async function load(image) {
  const address = image.dataset.src;
  if (!sessionStorage.getItem(KEY) || new URL(address, location.href).origin !== location.origin) {
    image.src = address;
    return;
  }
  try {
    const answer = await fetch(address, { headers: headers() });
    if (answer.ok) image.src = URL.createObjectURL(await answer.blob());
  } catch {
    // The picture stays away; the pair can be graded by its words.
  }
}
