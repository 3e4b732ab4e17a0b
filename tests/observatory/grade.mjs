// The HTTP Observatory's own analyzers and grader over pages of a portal on this machine.
//
// Reads {"host", "ports": {"80": …, "443": …}, "pages": […]} from its standard input and writes a line of JSON for each
// page: its path, status, score, and what cost points. Whatever a page refers to, nothing but 127.0.0.1 is asked. The
// package's own `scan` takes a host's first page alone and no answer of 4xx: its sum is repeated here.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";

const asked = JSON.parse(readFileSync(0, "utf8"));
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0];
  const port = options.host === asked.host && asked.ports[options.port];
  if (!port) throw new Error(`${options.host}:${options.port} is not the portal`);
  Object.assign(options, { host: "127.0.0.1", port });
  return connect.apply(this, given);
};

// Who preloads HSTS: a list that the package's installation would fetch, which nothing of ours is on.
const preloaded = new URL("../conf/hsts-preload.json", import.meta.resolve("@mdn/mdn-http-observatory"));
if (!existsSync(preloaded)) writeFileSync(preloaded, "{}");

const from = (path) => import(new URL(path, import.meta.resolve("@mdn/mdn-http-observatory")));
const { ALL_TESTS } = await from("constants.js");
const { retrieve } = await from("retriever/retriever.js");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await from("grader/charts.js");
const { getScoreModifier } = await from("grader/grader.js");

async function graded(path) {
  const answers = await retrieve(asked.host, { path });
  if (!answers.responses.https) throw new Error(`${path} does not answer over TLS`);
  const results = ALL_TESTS.map((test) => test(answers).result);
  const points = results.map((result) => [result, getScoreModifier(result)]);
  const lost = points.filter(([, modifier]) => modifier < 0);
  const base = lost.reduce((sum, [, modifier]) => sum + modifier, 100);
  const gained = points.filter(([, modifier]) => modifier > 0).reduce((sum, [, modifier]) => sum + modifier, 0);
  const score = Math.max(0, base >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? base + gained : base);
  return { path, status: answers.responses.https.status, score, lost: lost.map(([result]) => result), results };
}

const waiting = [...asked.pages];
async function work() {
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    process.stdout.write(`${JSON.stringify(await graded(path))}\n`);
  }
}
await Promise.all(Array.from({ length: 4 }, work));
