// A model in a thread of its own, so that a large file does not freeze the page. Every message has a port for its answer:
// {value} or {refusal}, a refusal being JSON in the form of the server's.
import start, { Model } from "./inference.js";

let model;

const refusal = (code, error) => JSON.stringify({ code, error });

// Throws what the server says when it does not give the file.
async function file(address, read) {
  const answer = await fetch(address).catch(() => {
    throw refusal("offline", "The server cannot be reached, so the model could not be loaded.");
  });
  if (answer.ok) return answer[read]();
  throw await answer.text();
}

const calls = {
  async load(address) {
    const [description, encoder, weights] = await Promise.all([
      file(`${address}/model.json`, "text"),
      file(`${address}/encoder.json`, "text"),
      file(`${address}/model.safetensors`, "arrayBuffer"),
      start({ module_or_path: new URL("inference_bg.wasm", import.meta.url) }),
    ]);
    model = new Model(description, encoder, new Uint8Array(weights));
  },
  predict: (rows) => model.predict(rows),
  async predict_csv(file) {
    const csv = new Uint8Array(await file.arrayBuffer());
    return new Blob([model.predict_csv(csv)], { type: "text/csv" });
  },
};

onmessage = async ({ data: { call, argument }, ports: [port] }) => {
  try {
    if (!model && call !== "load") throw refusal("internal", "The model has stopped. Switch it off and on again.");
    port.postMessage({ value: await calls[call](argument) });
  } catch (why) {
    // What is no refusal was a crash, after which nothing in the module can be relied on.
    if (typeof why !== "string") model = undefined;
    port.postMessage({ refusal: typeof why === "string" ? why : refusal("internal", `The model stopped: ${why}.`) });
  }
  port.close();
};
