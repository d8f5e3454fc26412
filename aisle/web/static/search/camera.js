// Taking a photo: a phone opens its camera app, a desk shows the camera's picture here.

import { showNotice } from "../notice.js";
import { text } from "../page.js";

const onPhone = matchMedia("(pointer: coarse)");

/** Calls `onPhoto(blob)` with what was taken. `input` is the file input that asks a phone for its camera. */
export async function openCamera(input, onPhoto) {
  if (onPhone.matches || !navigator.mediaDevices?.getUserMedia) {
    input.value = "";
    input.click();
    return;
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch {
    showNotice(text("noCamera"));
    return;
  }
  const dialog = document.getElementById("camera");
  const view = document.getElementById("camera-view");
  view.srcObject = stream;
  dialog.showModal();
  await view.play();
  const cancel = () => dialog.close();
  const shoot = () => {
    const canvas = document.createElement("canvas");
    canvas.width = view.videoWidth;
    canvas.height = view.videoHeight;
    canvas.getContext("2d").drawImage(view, 0, 0);
    canvas.toBlob((blob) => onPhoto(blob), "image/jpeg", 0.92);
    dialog.close();
  };
  const [cancelButton, shootButton] = ["camera-cancel", "camera-shoot"].map((id) => document.getElementById(id));
  cancelButton.addEventListener("click", cancel);
  shootButton.addEventListener("click", shoot);
  dialog.addEventListener(
    "close",
    () => {
      for (const track of stream.getTracks()) track.stop();
      cancelButton.removeEventListener("click", cancel);
      shootButton.removeEventListener("click", shoot);
    },
    { once: true },
  );
}
