// Photos stay in the browser: made small here, kept for the visit, named in URLs by a token, sent with each search.

import { config } from "../page.js";

const LONGEST = 1024;
const QUALITY = 0.86;
const LARGEST_BYTES = 16 * 1024 * 1024;
const KEPT = 24;
const PREFIX = "photo.";
const LINK = /^https:\/\/\S+\.(jpe?g|png|webp|gif|avif|hei[cf])(\?\S*)?$/i;
const held = new Map();

export class PhotoError extends Error {
  /** `key` names the message that says what is wrong. */
  constructor(key) {
    super(key);
    this.key = key;
  }
}

/** Make a file ready to be sent; resolves to its token. Raises PhotoError. */
export async function add(file) {
  const looksLikePhoto = file.type.startsWith("image/") || /\.(hei[cf]|jpe?g|png|webp|avif)$/i.test(file.name ?? "");
  if (!looksLikePhoto) throw new PhotoError("notAPhoto");
  const blob = (await shrink(file)) ?? (await drawn(file));
  if (blob.size > LARGEST_BYTES) throw new PhotoError("photoTooLarge");
  const token = newToken();
  held.set(token, blob);
  if (blob !== file) await keep(token, blob);
  return token;
}

/** The photo behind an https link, fetched by the server; resolves to its token. Raises PhotoError. */
export async function fromLink(link) {
  const small = await drawable(JSON.stringify({ value: link.trim() }), { "Content-Type": "application/json" });
  if (!small) throw new PhotoError("photoLinkFailed");
  return hold(small);
}

export function isPhotoLink(text) {
  return LINK.test(text.trim());
}

/** The server's small JPEG of a picture, or null. */
async function drawable(body, headers) {
  try {
    const answer = await fetch(`${config.prefix}/v1/pictures`, { method: "POST", body, headers });
    return answer.ok ? await answer.blob() : null;
  } catch {
    return null;
  }
}

/** Keep a JPEG that is small already; resolves to its token. */
export async function hold(blob) {
  const token = newToken();
  held.set(token, blob);
  await keep(token, blob);
  return token;
}

export function newToken() {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => (byte % 36).toString(36)).join("");
}

/** What the server makes of a kind (HEIC) that can't be drawn here; the file itself where it makes nothing of it. */
async function drawn(file) {
  if (file.size > LARGEST_BYTES) return file;
  const body = new FormData();
  body.append("file", file, file.name ?? "photo");
  return (await drawable(body)) ?? file;
}

/** A JPEG of at most LONGEST pixels, upright and without metadata; null where the browser can't draw the file. */
async function shrink(file) {
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", QUALITY));
}

/** Keep a photo over reloads of this tab; the oldest go first. Not fatal when there is no room. */
async function keep(token, blob) {
  const url = await new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.readAsDataURL(blob);
  });
  const known = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
  const age = (key) => Number(sessionStorage.getItem(key).split("|", 1)[0]);
  known.sort((a, b) => age(a) - age(b));
  while (known.length >= KEPT) sessionStorage.removeItem(known.shift());
  for (;;) {
    try {
      sessionStorage.setItem(PREFIX + token, `${Date.now()}|${url}`);
      return;
    } catch {
      if (!known.length) return;
      sessionStorage.removeItem(known.shift());
    }
  }
}

function restore(token) {
  const kept = sessionStorage.getItem(PREFIX + token);
  if (!kept) return null;
  const binary = atob(kept.slice(kept.indexOf(",") + 1));
  const blob = new Blob([Uint8Array.from(binary, (char) => char.charCodeAt(0))], { type: "image/jpeg" });
  held.set(token, blob);
  return blob;
}

/** The photo of a token, or null when it isn't here any more. */
export function blobOf(token) {
  return held.get(token) ?? restore(token);
}

const urls = new Map();

/** A URL to show the photo by, or null. */
export function urlOf(token) {
  const blob = blobOf(token);
  if (blob && !urls.has(token)) urls.set(token, URL.createObjectURL(blob));
  return urls.get(token) ?? null;
}
