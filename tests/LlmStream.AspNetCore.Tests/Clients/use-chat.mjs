// use-chat.mjs PACKAGE: the Vercel AI SDK, as useChat uses it.
import { load, run } from './driver.mjs';

const { AbstractChat, DefaultChatTransport } = await load(process.argv[2]);

class State {
  messages = [];
  status = 'ready';
  error;
  onChange = () => {};
  snapshot = value => structuredClone(value);
  pushMessage = message => this.change([...this.messages, message]);
  popMessage = () => this.change(this.messages.slice(0, -1));
  replaceMessage = (index, message) => this.change(this.messages.with(index, structuredClone(message)));
  change(messages) {
    this.messages = messages;
    this.onChange(messages);
  }
}

class Chat extends AbstractChat {
  constructor(options) {
    super({ ...options, state: options.state });
  }
}

const assistant = messages => messages.filter(message => message.role === 'assistant');
const parts = messages => assistant(messages).flatMap(message => message.parts);
const text = (messages, type) => parts(messages).filter(part => part.type === type).map(part => part.text).join('');
const isTool = part => part.type === 'dynamic-tool' || part.type.startsWith('tool-');
const toolName = part => part.type === 'dynamic-tool' ? part.toolName : part.type.slice('tool-'.length);

class Page {
  finishes = [];
  errors = [];
  state = new State();

  /** history: which messages of another page the page begins with, as an application has stored them: user or all; default none. */
  constructor({ url, chatId, fetch, from, history }) {
    Object.assign(this, { url, chatId, fetch });
    this.chat = new Chat({
      id: chatId,
      state: this.state,
      transport: new DefaultChatTransport({ api: url, fetch }),
      onFinish: finish => this.finishes.push(finish),
      onError: error => this.errors.push(error),
    });
    if (!history) return;
    this.chat.messages = structuredClone(from.chat.messages.filter(message => history === 'all' || message.role === 'user'));
  }

  send({ text }) {
    return this.chat.sendMessage({ text });
  }

  resume() {
    return this.chat.resumeStream();
  }

  regenerate() {
    return this.chat.regenerate();
  }

  /** Tells the server to stop. */
  stop() {
    return this.fetch(`${this.url}/${encodeURIComponent(this.chatId)}/stop`, { method: 'POST' });
  }

  /** Disconnects, as a page does that is closed. */
  leave() {
    return this.chat.stop();
  }

  /** Sends the results of all tools. */
  async output({ output }) {
    for (const part of parts(this.chat.messages).filter(isTool)) {
      await this.chat[this.chat.addToolOutput ? 'addToolOutput' : 'addToolResult'](
        { tool: toolName(part), toolCallId: part.toolCallId, output });
    }
    await this.chat.sendMessage();
  }

  /** Waits until a text is there. */
  async text({ text: expected }) {
    while (!text(this.chat.messages, 'text').includes(expected)) await new Promise(resolve => setTimeout(resolve, 5));
  }

  see() {
    const { chat } = this;
    const last = this.finishes.at(-1);
    return {
      status: chat.status,
      error: chat.error?.message ?? null,
      errorStatus: chat.error?.statusCode ?? null,
      errors: this.errors.length,
      finish: last?.finishReason ?? null,
      isError: last?.isError ?? null,
      isAbort: last?.isAbort ?? null,
      isDisconnect: last?.isDisconnect ?? null,
      text: text(chat.messages, 'text'),
      reasoning: text(chat.messages, 'reasoning'),
      calls: parts(chat.messages).filter(isTool).map(part => (
        { id: part.toolCallId, name: toolName(part), state: part.state, input: part.input ?? null, output: part.output ?? null })),
      parts: parts(chat.messages).map(part => part.state && !isTool(part) ? `${part.type}:${part.state}` : part.type),
      answers: assistant(chat.messages).length,
      messageId: assistant(chat.messages).at(-1)?.id ?? null,
      metadata: assistant(chat.messages).at(-1)?.metadata ?? null,
    };
  }
}

await run(async (job, fetch, onText) => {
  let page = new Page({ url: job.url, chatId: job.id, fetch });
  const firstText = new Promise(resolve => {
    page.state.onChange = messages => {
      if (!text(messages, 'text')) return;
      onText();
      resolve();
      if (job.stop) page.leave();
    };
  });

  // A page that is reloaded has the user's message only.
  const reload = async () => {
    await page.leave();
    page = new Page({ url: job.url, chatId: job.id, fetch, from: page, history: 'user' });
    await page.resume();
  };
  const sending = page.send({ text: job.prompt });
  if (job.way === 'reload') {
    await firstText;
    await reload();
  } else if (job.way === 'stop') {
    await firstText;
    await page.stop();
  }

  await sending;
  if (job.way === 'reload-after-end') await reload();
  if (job.way === 'reconnect') await page.resume();
  if (job.toolOutput) await page.output({ output: job.toolOutput });
  if (job.next) await page.send({ text: job.next });
  return page.see();
}, Page);
