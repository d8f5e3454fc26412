// Clips: sent once, they come back as a few sharp frames, which are kept as photos are. The clip itself is kept nowhere.

import { config } from "../page.js";
import { inOrder } from "./objects.js";
import * as photos from "./photos.js";

const LARGEST_BYTES = 100 * 1024 * 1024;
const LONGEST_S = 60.5;
const PREFIX = "clip.";
const KEPT = 4;
const METADATA_MS = 3000;
const ENDINGS = /\.(mp4|m4v|mov|webm|mkv|avi)$/i;
const LINK = /^https:\/\/\S+\.(mp4|m4v|mov|webm|mkv|avi)(\?\S*)?$/i;
const held = new Map();

export class ClipError extends Error {
  /** `key` names the message that says what is wrong. */
  constructor(key) {
    super(key);
    this.key = key;
  }
}

export function isClip(file) {
  return file.type.startsWith("video/") || (!file.type && ENDINGS.test(file.name ?? ""));
}

export function isClipLink(text) {
  return LINK.test(text.trim());
}

/**
 * Has the server look through a clip: a file, or the https URL of one. `onStage(name, share)` is told "sending" with the share
 * sent, "received", "frames". Resolves to the clip: {token, frames: [{token, time, objects}], best, said}. Raises ClipError.
 */
export async function watch(source, onStage, signal) {
  if (typeof source !== "string") await check(source);
  signal.throwIfAborted();
  onStage("sending", 0);
  const found = await ask(source, onStage, signal);
  if (!found.frames?.length) throw new ClipError("clipBroken");
  const frames = [];
  for (const frame of found.frames) {
    const token = await photos.hold(await jpeg(frame.image));
    frames.push({ token, time: frame.time_s, objects: inOrder(frame.objects ?? []), first: frame.objects?.[0]?.region ?? null });
  }
  const clip = { token: photos.newToken(), frames, best: Math.min(found.best ?? 0, frames.length - 1), said: found.transcripts?.[0]?.text ?? "" };
  keep(clip);
  return clip;
}

/** The clip of a token, or null when it isn't here any more. */
export function clipOf(token) {
  if (held.has(token)) return held.get(token);
  try {
    const clip = JSON.parse(sessionStorage.getItem(PREFIX + token));
    if (clip) held.set(token, clip);
    return clip;
  } catch {
    return null;
  }
}

function keep(clip) {
  held.set(clip.token, clip);
  const old = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
  while (old.length >= KEPT) sessionStorage.removeItem(old.shift());
  try {
    sessionStorage.setItem(PREFIX + clip.token, JSON.stringify(clip));
  } catch {
    // Without room it is there until the page is left.
  }
}

async function check(file) {
  if (file.size > LARGEST_BYTES) throw new ClipError("clipTooLarge");
  const seconds = await duration(file);
  if (seconds > LONGEST_S) throw new ClipError("clipTooLong");
}

/** Seconds, or 0 where this browser can't tell. */
function duration(file) {
  return new Promise((resolve) => {
    const video = document.createElement("video");
    const url = URL.createObjectURL(file);
    const tell = () => {
      URL.revokeObjectURL(url);
      resolve(Number.isFinite(video.duration) ? video.duration : 0);
    };
    video.preload = "metadata";
    video.addEventListener("loadedmetadata", tell, { once: true });
    video.addEventListener("error", tell, { once: true });
    setTimeout(tell, METADATA_MS);
    video.src = url;
  });
}

/** A data URL's picture; fetch() isn't asked: the page's policy lets it reach the shop alone. */
async function jpeg(url) {
  const binary = atob(url.slice(url.indexOf(",") + 1));
  return new Blob([Uint8Array.from(binary, (char) => char.charCodeAt(0))], { type: "image/jpeg" });
}

/** Posts the clip and reads the stages as they come. */
function ask(source, onStage, signal) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    let read = 0;
    const told = () => {
      for (let end = call.responseText.indexOf("\n\n", read); end >= 0; end = call.responseText.indexOf("\n\n", read)) {
        const lines = call.responseText.slice(read, end).split("\n");
        read = end + 2;
        const name = lines.find((line) => line.startsWith("event:"))?.slice(6).trim();
        const data = JSON.parse(lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n") || "null");
        if (name === "stage") onStage(data.name);
        else if (name === "result") resolve(data);
        else if (name === "error") reject(refusal(data.error));
      }
    };
    call.open("POST", `${config.prefix}/v1/video/frames`);
    call.setRequestHeader("Accept", "text/event-stream");
    call.upload.addEventListener("progress", (event) => event.lengthComputable && onStage("sending", event.loaded / event.total));
    call.addEventListener("progress", () => call.status === 200 && told());
    call.addEventListener("load", () => {
      if (call.status !== 200) return reject(refusal(parsed(call.responseText).error));
      told();
      reject(new ClipError("clipBroken")); // unless the result has come
    });
    call.addEventListener("error", () => reject(new ClipError("offline")));
    call.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    signal.addEventListener("abort", () => call.abort());
    if (typeof source === "string") {
      call.setRequestHeader("Content-Type", "application/json");
      call.send(JSON.stringify({ value: source.trim(), language: config.language }));
    } else {
      const body = new FormData();
      body.append("file", source, source.name ?? "clip.webm");
      body.append("language", config.language);
      call.send(body);
    }
  });
}

function parsed(answer) {
  try {
    return JSON.parse(answer);
  } catch {
    return {};
  }
}

function refusal(error) {
  const keys = { too_large: "clipTooLarge", fetch_refused: "clipUnreachable", rate_limited: "clipBusy" };
  return new ClipError(keys[error?.code] ?? "clipBroken");
}
