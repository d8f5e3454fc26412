// Taking a photo or a short clip: a phone opens its camera app, a desk shows the camera's picture here.

import { showNotice } from "../notice.js";
import { text } from "../page.js";

const onPhone = matchMedia("(pointer: coarse)");

let opening = false;

const LONGEST_S = 10;
const PIECE_MS = 250;
const KINDS = ["video/webm;codecs=vp8", "video/webm", "video/mp4"];

/** Calls `onTaken(blob)` with a photo or clip. `input` is the file input that asks a phone for its camera. */
export async function openCamera(input, onTaken) {
  if (onPhone.matches || !navigator.mediaDevices?.getUserMedia) {
    input.value = "";
    input.click();
    return;
  }
  if (opening) return;
  opening = true;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch {
    showNotice(text("noCamera"));
    return;
  } finally {
    opening = false;
  }
  const dialog = document.getElementById("camera");
  const view = document.getElementById("camera-view");
  view.srcObject = stream;
  const cancel = () => dialog.close();
  const shoot = () => {
    if (!view.videoWidth) return; // the camera hasn't given a picture yet
    const canvas = document.createElement("canvas");
    canvas.width = view.videoWidth;
    canvas.height = view.videoHeight;
    canvas.getContext("2d").drawImage(view, 0, 0);
    canvas.toBlob((blob) => onTaken(blob), "image/jpeg", 0.92);
    dialog.close();
  };
  const recording = new Recording(stream, (blob) => {
    onTaken(blob);
    dialog.close();
  });
  const handlers = { "camera-cancel": cancel, "camera-shoot": shoot, "camera-record": () => recording.toggle() };
  for (const [id, act] of Object.entries(handlers)) document.getElementById(id).addEventListener("click", act);
  dialog.addEventListener(
    "close",
    () => {
      recording.drop();
      for (const track of stream.getTracks()) track.stop();
      for (const [id, act] of Object.entries(handlers)) document.getElementById(id).removeEventListener("click", act);
    },
    { once: true },
  );
  dialog.showModal();
  view.play().catch(() => {}); // closed before the first frame
}

/**
 * A clip of the camera's picture, without sound: begun and ended by the same button, or ended after LONGEST_S. Ended before the
 * camera has given a frame, which takes a slow machine a while, it waits for the first: a clip of none can't be read.
 */
class Recording {
  constructor(stream, onClip) {
    Object.assign(this, { stream, onClip, recorder: null, pieces: [], ending: false });
    this.button = document.getElementById("camera-record");
    this.button.hidden = !window.MediaRecorder;
    this.tell(null);
  }

  tell(seconds) {
    this.button.setAttribute("aria-pressed", String(seconds !== null));
    this.button.querySelector("span").textContent = seconds === null ? text("clipRecord", { n: LONGEST_S }) : text("clipRecording", { n: LONGEST_S - seconds });
    document.getElementById("camera-shoot").disabled = seconds !== null;
  }

  toggle() {
    if (this.recorder) return void this.end();
    const type = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    let seconds = 0;
    this.recorder = new MediaRecorder(this.stream, type ? { mimeType: type } : {});
    this.recorder.addEventListener("dataavailable", (event) => {
      if (event.data.size) this.pieces.push(event.data);
      if (this.ending) this.end();
    });
    this.recorder.addEventListener("stop", () => {
      clearInterval(this.clock);
      if (this.recorder) this.onClip(new Blob(this.pieces, { type: this.recorder.mimeType.split(";")[0] }));
    });
    this.clock = setInterval(() => {
      seconds += 1;
      this.tell(Math.min(seconds, LONGEST_S));
      if (seconds >= LONGEST_S) this.end();
    }, 1000);
    this.recorder.start(PIECE_MS);
    this.tell(0);
  }

  end() {
    this.ending = true;
    if (this.pieces.length && this.recorder?.state === "recording") this.recorder.stop();
  }

  drop() {
    const recorder = this.recorder;
    this.recorder = null;
    clearInterval(this.clock);
    if (recorder?.state === "recording") recorder.stop();
  }
}
