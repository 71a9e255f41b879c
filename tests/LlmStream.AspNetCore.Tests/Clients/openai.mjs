// openai.mjs PACKAGE: OpenAI's SDK.
import { load, parseArguments, run } from './driver.mjs';

const { OpenAI } = await load(process.argv[2]);

async function read(stream, seen, job, onText) {
  for await (const { choices: [choice], usage } of stream) {
    seen.usage = usage ?? seen.usage;
    if (!choice) continue;
    seen.finish = choice.finish_reason ?? seen.finish;
    seen.reasoning += choice.delta.reasoning_content ?? '';
    seen.refusal += choice.delta.refusal ?? '';
    for (const call of choice.delta.tool_calls ?? []) {
      const known = seen.calls[call.index] ??= { id: '', name: '', input: '', output: null };
      known.id += call.id ?? '';
      known.name += call.function?.name ?? '';
      known.input += call.function?.arguments ?? '';
    }

    if (!choice.delta.content) continue;
    seen.text += choice.delta.content;
    onText();
    if (job.stop) stream.controller.abort();
  }
  seen.isAbort = stream.controller.signal.aborted;
}

const ways = {
  async stream(client, request, seen, job, onText) {
    await read(await create(client, request), seen, job, onText);
  },

  // The SDK has no way to resume: the request is one of our own, its response is read as any other.
  async reload(client, request, seen, job, onText) {
    const stream = await create(client, request);
    for await (const { choices: [choice] } of stream) {
      if (choice?.delta.content) break;
    }
    await read(await resume(client, job), seen, job, onText);
  },

  async 'reload-after-end'(client, request, seen, job, onText) {
    for await (const _ of await create(client, request)) { /* until the end */ }
    await read(await resume(client, job), seen, job, onText);
  },

  async reconnect(client, request, seen, job, onText) {
    try {
      await read(await create(client, request), seen, job, onText);
    } catch {
      await read(await resume(client, job, job.lastEventId()), seen, job, onText);
    }
  },

  async stop(client, request, seen, job, onText) {
    await read(await create(client, request), seen, job, () => {
      if (!job.hasStopped) client.post(`/chat/completions/${job.id}/stop`);
      job.hasStopped = true;
      onText();
    });
  },

  // The helper that accumulates the message and verifies the order of the chunks.
  async helper(client, request, seen, job, onText) {
    const stream = client.chat.completions.stream({ ...request, stream_options: { include_usage: true } }).on('content', onText);
    const { choices: [{ message, finish_reason }], usage } = await stream.finalChatCompletion();
    readMessage(seen, message, finish_reason, usage);
  },

  async whole(client, request, seen) {
    const { choices: [{ message, finish_reason }], usage } = await client.chat.completions.create(request);
    readMessage(seen, message, finish_reason, usage);
  },

  // The helper that runs tools in the client, and sends their results.
  async tools(client, request, seen, job, onText) {
    const tools = job.tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters, parse: JSON.parse, function: () => JSON.stringify(job.toolOutput) },
    }));
    const runner = client.chat.completions.runTools({ ...request, tools, stream: true }).on('content', onText);
    const { choices: [{ message, finish_reason }] } = await runner.finalChatCompletion();
    readMessage(seen, message, finish_reason, await runner.totalUsage());
    seen.calls = runner.messages.flatMap(sent => sent.tool_calls ?? []).map(call => toCall(call, runner.messages));
  },

  async models(client, request, seen) {
    seen.text = (await client.models.list()).data.map(model => model.id).join();
  },
};

const create = (client, request, options) =>
  client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } }, options);

const resume = (client, job, lastEventId) => client.get(
  `/chat/completions/${job.id}/stream`, { stream: true, headers: lastEventId ? { 'Last-Event-ID': lastEventId } : {} });

/** A page of an application with OpenAI's SDK. */
class Page {
  seen = newSeen();
  position = null;

  constructor({ url, fetch, from }) {
    Object.assign(this, { streamId: from?.streamId ?? null });
    this.client = new OpenAI({
      apiKey: 'key',
      baseURL: url,
      maxRetries: 0,
      fetch: async (...request) => {
        const response = await fetch(...request);
        this.streamId = response.headers.get('x-stream-id') ?? this.streamId;
        return response;
      },
    });
  }

  send({ text, key }) {
    this.seen = newSeen();
    return this.read(() => create(
      this.client, { model: 'm', messages: [{ role: 'user', content: text }] }, key ? { headers: { 'Idempotency-Key': key } } : {}));
  }

  /** Goes on after the last event that arrived; all: from the beginning, as a page that was reloaded. */
  resume({ all }) {
    if (all) this.seen = newSeen();
    const { body } = this.responses.at(-1) ?? { body: '' };
    const position = all ? undefined : [...body.matchAll(/^id: (.*)\n\n/gm)].at(-1)?.[1];
    return this.read(() => resume(this.client, { id: this.streamId }, position));
  }

  stop() {
    return this.client.post(`/chat/completions/${this.streamId}/stop`);
  }

  leave() {
    this.stream.controller.abort();
  }

  async text({ text: expected }) {
    while (!this.seen.text.includes(expected)) await new Promise(resolve => setTimeout(resolve, 5));
  }

  async read(request) {
    const { seen } = this;
    Object.assign(seen, { status: 'streaming', error: null });
    try {
      this.stream = await request();
      await read(this.stream, seen, {}, () => {});
      seen.status = 'ready';
    } catch (error) {
      fail(seen, error);
    }
  }

  see() {
    return this.seen;
  }
}

await run(async (job, fetch, onText) => {
  const client = new OpenAI({ apiKey: 'key', baseURL: job.url, maxRetries: 0, fetch });
  const request = { model: 'm', messages: [{ role: 'user', content: job.prompt }] };
  let seen = await ask();
  if (job.next) {
    if (seen.text) request.messages.push({ role: 'assistant', content: seen.text });
    request.messages.push({ role: 'user', content: job.next });
    seen = await ask();
  }

  return seen;

  async function ask() {
    const seen = newSeen();
    try {
      await ways[job.way ?? 'stream'](client, request, seen, job, onText);
    } catch (error) {
      fail(seen, error);
    }

    for (const call of seen.calls) call.input = parseArguments(call.input);
    return seen;
  }
}, Page);

function newSeen() {
  return { status: 'ready', error: null, finish: null, usage: null, text: '', reasoning: '', refusal: '', calls: [] };
}

function fail(seen, error) {
  Object.assign(seen, {
    status: 'error', error: error.message, errorStatus: error.status ?? null, code: error.code ?? null, type: error.type ?? null,
    retryAfter: error.headers?.get?.('retry-after') ?? null, kind: error.constructor.name,
  });
}

function readMessage(seen, message, finish, usage) {
  const calls = (message.tool_calls ?? []).map(call => toCall(call, []));
  Object.assign(seen, {
    finish,
    usage: usage ?? null,
    text: message.content ?? '',
    refusal: message.refusal ?? '',
    reasoning: message.reasoning_content ?? '',
    calls,
  });
}

function toCall(call, messages) {
  const output = messages.find(message => message.tool_call_id === call.id)?.content ?? null;
  return { id: call.id, name: call.function.name, input: call.function.arguments, output };
}
