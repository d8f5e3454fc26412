// One utterance: the microphone, its level, and the words that come back, over a WebSocket while it is spoken or, where
// that fails, in one request afterwards. The microphone is let go of as soon as the utterance has ended.

import { config } from "../page.js";

const LONGEST_MS = 30_000;
const SLICE_MS = 250;
const LEVEL_MS = 60;
const SILENCE_MS = 1200;
const LONG_SILENCE_MS = 2500;
const SPEECH_LEVEL = 0.32;
const ANSWER_MS = 30_000;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export class VoiceError extends Error {
  /** `key` names the message that says what is wrong. */
  constructor(key) {
    super(key);
    this.key = key;
  }
}

/** The message for what the server says is wrong. */
export function failure(error) {
  const said = `${error?.code ?? ""} ${error?.field ?? ""}`;
  if (/recogni|language|not_configured/.test(said)) return new VoiceError("noRecogniser");
  if (/large|long/.test(said)) return new VoiceError("voiceTooLarge");
  if (/speech|media|silence|nothing/.test(said)) return new VoiceError("nothingHeard");
  return new VoiceError("voiceFailed");
}

/** What is said in a recording, as {text, transcripts: [{text, confidence}]}. Raises VoiceError. */
export async function transcribe(blob, signal) {
  const body = new FormData();
  body.append("file", blob, blob.name ?? `speech.${blob.type.includes("mp4") ? "mp4" : "webm"}`);
  body.append("language", config.language);
  body.append("response_format", "verbose_json");
  let answer, said;
  try {
    answer = await fetch(`${config.prefix}/v1/audio/transcriptions`, { method: "POST", body, signal });
    said = await answer.json();
  } catch (error) {
    throw error.name === "AbortError" ? error : new VoiceError("offline");
  }
  if (!answer.ok) throw failure(said.error);
  return heardOf(said);
}

function heardOf(said) {
  const transcripts = (said.transcripts ?? []).filter((one) => one.text?.trim()).slice(0, 5);
  const text = said.text?.trim() || transcripts[0]?.text || "";
  if (!text) throw new VoiceError("nothingHeard");
  if (!transcripts.some((one) => one.text === text)) transcripts.unshift({ text, confidence: 1 });
  return { text, transcripts };
}

/** The stream of an utterance. `final` rejects with a VoiceError that the server means, or with "wire" when it broke. */
class Wire {
  constructor(onPartial, onEnd) {
    this.waiting = [];
    this.isBroken = false;
    this.hasAnswered = false;
    this.final = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.final.catch(() => {});
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    try {
      this.socket = new WebSocket(`${scheme}://${location.host}${config.prefix}/v1/audio/stream`);
    } catch {
      return void this.fail();
    }
    this.socket.addEventListener("open", () => {
      this.socket.send(JSON.stringify({ type: "start", format: "container", language: config.language }));
      for (const piece of this.waiting.splice(0)) this.socket.send(piece);
    });
    this.socket.addEventListener("message", (event) => {
      this.hasAnswered = true;
      const said = JSON.parse(event.data);
      if (said.type === "partial") onPartial(said.text);
      else if (said.type === "end_of_speech") onEnd();
      else if (said.type === "final") this.resolve(said);
      else if (said.type === "error") {
        this.isBroken = true;
        this.reject(failure(said.error));
        onEnd();
      }
    });
    for (const name of ["close", "error"]) this.socket.addEventListener(name, () => this.fail());
  }

  fail() {
    this.isBroken = true;
    this.reject(new VoiceError("wire"));
  }

  send(piece) {
    if (this.isBroken) return;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(piece);
    else this.waiting.push(piece);
  }

  close() {
    // Browsers complain in the console of a socket that is closed before it has opened.
    if (this.socket?.readyState === WebSocket.CONNECTING) this.socket.addEventListener("open", () => this.socket.close());
    else this.socket?.close();
  }
}

/** Starts to listen. `on` has level(0 … 1, milliseconds), partial(text), stage("asking" | "recording" | "working"). */
export class Utterance {
  constructor(on) {
    this.on = on;
    this.aborter = new AbortController();
    this.ended = new Promise((resolve) => (this.stop = resolve));
    this.heard = this.run();
  }

  /** Ends it without an answer: `heard` rejects with an AbortError. */
  cancel() {
    this.aborter.abort();
    this.stop();
  }

  async run() {
    this.on.stage("asking");
    this.open();
    const stream = await this.admitted();
    try {
      return await this.record(stream);
    } finally {
      this.release(stream);
      this.wire?.close();
    }
  }

  open() {
    this.wire = new Wire((text) => this.on.partial(text), () => this.isRecording && this.stop());
  }

  /** The microphone, once it is allowed; a server that can't listen says so without waiting for that. */
  async admitted() {
    const asked = microphone();
    const refused = new Promise((_, reject) => this.wire.final.catch((error) => error.key === "noRecogniser" && reject(error)));
    try {
      return await Promise.race([asked, refused]);
    } catch (error) {
      asked.then((stream) => this.release(stream)).catch(() => {});
      this.wire.close();
      throw error;
    }
  }

  release(stream) {
    clearInterval(this.meter);
    clearTimeout(this.limit);
    this.sound?.close().catch(() => {});
    this.sound = null;
    for (const track of stream.getTracks()) track.stop();
  }

  async record(stream) {
    this.check();
    const type = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const recorder = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: 32_000 } : {});
    const pieces = [];
    if (this.wire.isBroken) this.open(); // the shopper took a while to allow it
    this.isRecording = true;
    recorder.addEventListener("dataavailable", (event) => {
      if (!event.data.size) return;
      pieces.push(event.data);
      this.wire.send(event.data);
    });
    const finished = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
    recorder.start(SLICE_MS);
    this.on.stage("recording");
    this.measure(stream);
    this.limit = setTimeout(this.stop, LONGEST_MS);
    await this.ended;
    recorder.stop();
    await finished;
    this.release(stream);
    this.check();
    this.on.stage("working");
    return this.answer(new Blob(pieces, { type: recorder.mimeType }));
  }

  async answer(recording) {
    this.wire.send(JSON.stringify({ type: "end" }));
    const late = setTimeout(() => this.wire.fail(), ANSWER_MS);
    const aborted = new Promise((_, reject) =>
      this.aborter.signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError"))),
    );
    aborted.catch(() => {});
    try {
      return heardOf(await Promise.race([this.wire.final, aborted]));
    } catch (error) {
      if (error.key !== "wire") throw error;
      return await transcribe(recording, this.aborter.signal);
    } finally {
      clearTimeout(late);
    }
  }

  check() {
    if (this.aborter.signal.aborted) throw new DOMException("aborted", "AbortError");
  }

  /** Tells the level; where the server doesn't listen along, or not yet, it also notices that the shopper has finished. */
  measure(stream) {
    this.sound = new AudioContext();
    const analyser = this.sound.createAnalyser();
    analyser.fftSize = 1024;
    this.sound.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const began = performance.now();
    let spoke = false;
    let silent = 0;
    let last = began;
    this.meter = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
      const level = Math.min(1, Math.max(0, 1 + Math.log10(power + 1e-9) / 5)); // −50 dB … 0 dB
      const now = performance.now();
      this.on.level(level, now - began);
      // What a busy page didn't listen to was no silence.
      silent = level > SPEECH_LEVEL ? 0 : silent + Math.min(now - last, 2 * LEVEL_MS);
      spoke ||= level > SPEECH_LEVEL;
      last = now;
      const patience = this.wire.isBroken ? SILENCE_MS : this.wire.hasAnswered ? Infinity : LONG_SILENCE_MS;
      if (spoke && silent > patience) this.stop();
    }, LEVEL_MS);
  }
}

async function microphone() {
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) throw new VoiceError("noMicrophone");
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
  } catch (error) {
    throw new VoiceError(["NotAllowedError", "SecurityError"].includes(error.name) ? "micDenied" : "noMicrophone");
  }
}

const Recogniser = window.SpeechRecognition ?? window.webkitSpeechRecognition;

/** Whether the browser brings a recogniser of its own (its maker may hear what is said). */
export const hasOwnRecogniser = Boolean(Recogniser);

/** An utterance heard by the browser's own recogniser: the same face as Utterance, without a level. */
export class OwnUtterance {
  constructor(on) {
    this.on = on;
    this.heard = this.run();
  }

  stop() {
    this.recogniser.stop();
  }

  cancel() {
    this.cancelled = true;
    this.recogniser.abort();
  }

  run() {
    this.recogniser = Object.assign(new Recogniser(), { lang: config.language === "zh" ? "zh-CN" : config.language, interimResults: true, maxAlternatives: 5 });
    return new Promise((resolve, reject) => {
      let last = null;
      this.recogniser.addEventListener("start", () => this.on.stage("recording"));
      this.recogniser.addEventListener("result", (event) => {
        last = event.results[event.results.length - 1];
        this.on.partial([...event.results].map((result) => result[0].transcript).join(" "));
      });
      this.recogniser.addEventListener("error", (event) => {
        const keys = { "not-allowed": "micDenied", "service-not-allowed": "micDenied", "audio-capture": "noMicrophone", "language-not-supported": "noRecogniser", "no-speech": "nothingHeard" };
        reject(this.cancelled ? new DOMException("aborted", "AbortError") : new VoiceError(keys[event.error] ?? "voiceFailed"));
      });
      this.recogniser.addEventListener("end", () => {
        if (this.cancelled) return reject(new DOMException("aborted", "AbortError"));
        const transcripts = [...(last ?? [])].map((one) => ({ text: one.transcript.trim(), confidence: one.confidence || 0 }));
        try {
          resolve(heardOf({ text: transcripts[0]?.text, transcripts }));
        } catch (error) {
          reject(error);
        }
      });
      this.on.stage("asking");
      this.recogniser.start();
    });
  }
}
