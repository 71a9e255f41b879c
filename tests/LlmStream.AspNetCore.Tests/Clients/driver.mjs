// What the drivers share. A driver is a process that runs jobs with a client: one JSON object per line on standard input.
// It writes one JSON object per line: { ready } or { missing } first, then { id, event } when a job's first heartbeat or text
// arrives, and { id, seen }, what the user of the client sees at the end.
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

/** Runs each job with a function of (job, fetch, onText) that returns what the user sees. Ends with the standard input. */
export async function run(client) {
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

  async function runJob(job) {
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

function recordingFetch(job, responses) {
  let hasHeartbeat = false;
  return async (url, init) => {
    const response = await fetch(url, init);
    const { status, headers } = response;
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
