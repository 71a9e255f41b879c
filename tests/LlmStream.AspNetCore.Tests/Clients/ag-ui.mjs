// ag-ui.mjs PACKAGE: AG-UI's HttpAgent.
import { load, parseArguments, run } from './driver.mjs';

const { HttpAgent } = await load(process.argv[2]);

// The protocol has no way to resume: the request is one of our own, its response is read as any other.
class ResumingAgent extends HttpAgent {
  requestInit = () => ({ method: 'GET', headers: { accept: 'text/event-stream' }, signal: this.abortController.signal });
}

class Page {
  events = [];
  seen = { usage: null, metadata: null, pending: [] };
  onText = () => {};

  constructor({ url, chatId, fetch, from, history, prompt }) {
    Object.assign(this, { url, chatId, fetch });
    const messages = history
      ? structuredClone(from.agent.messages.filter(({ role }) => history === 'all' || role === 'user'))
      : prompt ? [{ id: 'u1', role: 'user', content: prompt }] : [];
    this.agent = new HttpAgent({ url, threadId: chatId, initialMessages: messages, fetch });
  }

  async run({ tools = [] } = {}, agent = this.agent) {
    const { events, seen } = this;
    Object.assign(seen, { status: 'ready', error: null, code: null, outcome: null });
    const subscriber = {
      onEvent: ({ event }) => { events.push(event.type); },
      onTextMessageContentEvent: () => this.onText(),
      onRunErrorEvent: ({ event }) => Object.assign(seen, { status: 'error', error: event.message, code: event.code ?? null }),
      onRunFinishedEvent: ({ event: { outcome, usage, metadata }, pendingToolCallIds }) => Object.assign(
        seen, { outcome: outcome?.type ?? null, usage: usage ?? null, metadata: metadata ?? null, pending: pendingToolCallIds ?? [] }),
    };
    try {
      await agent.runAgent({ tools }, subscriber);
    } catch (error) {
      Object.assign(seen, { status: 'threw', error: error.message, errorStatus: error.status ?? null, payload: error.payload ?? null });
    }
  }

  send({ text, tools }) {
    const count = this.agent.messages.filter(({ role }) => role === 'user').length;
    this.agent.addMessage({ id: `u${count + 1}`, role: 'user', content: text });
    return this.run({ tools });
  }

  resume() {
    const { messages, threadId } = this.agent;
    this.agent = new ResumingAgent({ url: `${this.url}/${encodeURIComponent(this.chatId)}/stream`, threadId, initialMessages: messages, fetch: this.fetch });
    return this.run();
  }

  stop() {
    return this.fetch(`${this.url}/${encodeURIComponent(this.chatId)}/stop`, { method: 'POST' });
  }

  leave() {
    this.agent.abortRun();
  }

  output({ output, tools }) {
    for (const call of this.agent.messages.at(-1).toolCalls ?? []) {
      this.agent.addMessage({ id: `result-${call.id}`, role: 'tool', toolCallId: call.id, content: JSON.stringify(output) });
    }
    return this.run({ tools });
  }

  async text({ text: expected }) {
    while (!this.see().text.includes(expected)) await new Promise(resolve => setTimeout(resolve, 5));
  }

  see() {
    const { messages } = this.agent;
    const of = role => messages.filter(message => message.role === role);
    return {
      ...this.seen,
      isFinished: this.events.at(-1) === 'RUN_FINISHED',
      kinds: [...new Set(this.events)],
      text: of('assistant').map(message => message.content ?? '').join(''),
      reasoning: of('reasoning').map(message => message.content ?? '').join(''),
      calls: of('assistant').flatMap(message => message.toolCalls ?? []).map(call => ({
        id: call.id,
        name: call.function.name,
        input: parseArguments(call.function.arguments),
        output: of('tool').find(message => message.toolCallId === call.id)?.content ?? null,
      })),
      answers: of('assistant').length,
      roles: messages.map(message => message.role),
    };
  }
}

await run(async (job, fetch, onText) => {
  const first = new Page({ url: job.url, chatId: job.id, fetch, prompt: job.prompt });
  let hasText = false;
  first.onText = () => {
    onText();
    if (job.stop || job.way === 'reload') first.leave();
    if (job.way === 'stop' && !hasText) first.stop();
    hasText = true;
  };
  await first.run({ tools: job.tools });
  let page = first;
  if (['reload', 'reload-after-end', 'reconnect'].includes(job.way)) {
    page = new Page({ url: job.url, chatId: job.id, fetch, from: first, history: 'user' });
    await page.resume();
  }

  if (job.toolOutput) await page.output({ output: job.toolOutput, tools: job.tools });
  if (job.next) await page.send({ text: job.next });
  return page.see();
}, Page);
