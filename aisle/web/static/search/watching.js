// A clip on its way: what is being done with it, how far, and a way to stop it.

import { hideNotice, showNotice } from "../notice.js";
import { text } from "../page.js";
import { ClipError, watch } from "./clips.js";

const STAGES = { sending: "clipSending", received: "clipReceived", frames: "clipListening" };
const panel = document.getElementById("watching");
const said = document.getElementById("watching-said");
const bar = document.getElementById("watching-share");
const cancel = document.getElementById("watching-cancel");

let running = null;

function stage(name, share = null) {
  const percent = share === null ? "" : Math.round(share * 100);
  const message = name === "sending" && share === 1 ? text("clipReceived") : text(STAGES[name] ?? "clipReceived", { n: percent });
  said.textContent = message;
  if (share === null || share === 1) bar.removeAttribute("value");
  else bar.value = share;
}

/** Looks through a clip (a file or a link) and hands it to `onClip`. A newer one takes the place of one that is under way. */
export async function takeClip(source, onClip) {
  running?.abort();
  const mine = (running = new AbortController());
  hideNotice();
  panel.hidden = false;
  stage("sending", typeof source === "string" ? 1 : 0);
  try {
    const clip = await watch(source, (name, share) => mine === running && stage(name, share), mine.signal);
    if (mine !== running) return;
    said.textContent = text("clipSearching");
    await onClip(clip);
  } catch (error) {
    if (mine !== running || error.name === "AbortError") return;
    if (!(error instanceof ClipError)) throw error;
    showNotice(text(error.key));
  } finally {
    if (mine === running) {
      running = null;
      panel.hidden = true;
    }
  }
}

cancel.addEventListener("click", () => {
  running?.abort();
  running = null;
  panel.hidden = true;
  document.getElementById("choose").focus({ preventScroll: true });
});
