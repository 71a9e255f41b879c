// What the drivers share. A driver is a process that runs jobs with a client: one JSON object per line on standard input.
// It writes one JSON object per line: { ready } or { missing } first, then { id, event } when a job's first heartbeat or text
// arrives, and { id, seen }, what the user of the client sees at the end.
// A job with { page, do } is a command to a page that stays open. Pages with the same { browser } share its cookies.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const write = value => process.stdout.write(JSON.stringify(value) + '\n');

/** Imports a package from a folder in NODE_PATH, which `import` does not search. */
export async function load(name) {
  const folders = (process.env.NODE_PATH ?? '').split(delimiter).map(path => join(path, name));
  const folder = folders.find(path => existsSync(join(path, 'package.json')));
  try {
    if (!folder) return await import(name);
    const { exports, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const entry = exports['.'] ?? exports;
    const target = entry.import ?? entry.default ?? main;
    return await import(pathToFileURL(join(folder, target.default ?? target)).href);
  } catch (error) {
    write({ missing: `${name}: ${error.message}` });
    process.exit(0);
  }
}

/**
 * Runs each job with a function of (job, fetch, onText) that returns what the user sees. Ends with the standard input.
 * Page is the class of pages: its methods are commands, see() returns what the user sees.
 */
export async function run(client, Page) {
  const pages = new Map();
  const cookies = new Map();
  // Clients throw some errors in places where nobody can catch them.
  const uncaught = [];
  for (const kind of ['unhandledRejection', 'uncaughtException']) process.on(kind, error => uncaught.push(String(error)));
  write({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const job = JSON.parse(line);
    runJob(job)
      .catch(error => ({ failure: String(error.stack ?? error) }))
      .then(seen => write({ id: job.id, seen: { ...seen, uncaught: uncaught.splice(0) } }));
  }

  async function runCommand({ page: name, do: command, ...args }) {
    if (command === 'open') {
      const responses = [];
      const browserFetch = recordingFetch({}, responses, cookies, args.browser);
      // As through a load balancer: the page keeps its address, the node behind it may be another one.
      const fetch = (url, init) => browserFetch(String(url).replace(args.url, page.node), init);
      const page = new Page({ ...args, from: pages.get(args.from), fetch });
      Object.assign(page, { responses, node: args.url });
      pages.set(name, page);
    } else if (command === 'move') {
      pages.get(name).node = args.url;
    } else {
      await pages.get(name)[command](args);
    }
    const page = pages.get(name);
    return { ...page.see(), responses: page.responses };
  }

  async function runJob(job) {
    if (job.page) return runCommand(job);
    const responses = [];
    let hasText = false;
    const onText = () => {
      if (hasText) return;
      hasText = true;
      write({ id: job.id, event: 'text' });
    };
    job.lastEventId = () => [...responses.map(response => response.body).join('').matchAll(/^id: (.*)$/gm)].at(-1)?.[1];
    const seen = await client(job, recordingFetch(job, responses), onText);
    return { ...seen, responses };
  }
}

/** A call's arguments, which may have been cut off. */
export function parseArguments(json) {
  try {
    return JSON.parse(json);
  } catch {
    return { incomplete: json };
  }
}

function recordingFetch(job, responses, cookies = new Map(), browser = '') {
  let hasHeartbeat = false;
  return async (url, init) => {
    const sent = new Headers(init?.headers);
    if (cookies.has(browser)) sent.set('cookie', cookies.get(browser));
    const response = await fetch(url, { ...init, headers: sent });
    const { status, headers } = response;
    const cookie = headers.getSetCookie()[0]?.split(';')[0];
    if (cookie) cookies.set(browser, cookie);
    const record = { status, headers: Object.fromEntries(headers), body: '' };
    responses.push(record);
    if (!response.body) return response;
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    const body = new ReadableStream({
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          record.body += decoder.decode(value, { stream: true });
          if (!hasHeartbeat && /^:/m.test(record.body)) {
            hasHeartbeat = true;
            write({ id: job.id, event: 'heartbeat' });
          }
          controller.enqueue(value);
        } catch (error) {
          // Node.js says "terminated"; clients know a lost connection by what Chromium says.
          controller.error(error.message === 'terminated' ? new TypeError('network error') : error);
        }
      },
      cancel: reason => reader.cancel(reason),
    });
    return new Response(body, { status, headers });
  };
}
