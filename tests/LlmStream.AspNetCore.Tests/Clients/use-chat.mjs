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

await run(async (job, fetch, onText) => {
  const finishes = [];
  const errors = [];
  const newChat = messages => {
    const state = new State();
    const chat = new Chat({
      id: job.id,
      state,
      transport: new DefaultChatTransport({ api: job.url, fetch }),
      onFinish: finish => finishes.push(finish),
      onError: error => errors.push(error),
    });
    if (messages) chat.messages = messages;
    return { chat, state };
  };
  let { chat, state } = newChat();
  const firstText = new Promise(resolve => {
    state.onChange = messages => {
      if (!text(messages, 'text')) return;
      onText();
      resolve();
      if (job.stop) chat.stop();
    };
  });

  // A page that is reloaded has the user's message only.
  const reload = async () => {
    const user = structuredClone(chat.messages.filter(message => message.role === 'user'));
    await chat.stop();
    finishes.length = errors.length = 0;
    ({ chat, state } = newChat(user));
    await chat.resumeStream();
  };
  const sending = chat.sendMessage({ text: job.prompt });
  if (job.way === 'reload') {
    await firstText;
    await reload();
  } else if (job.way === 'stop') {
    await firstText;
    await fetch(`${job.url}/${job.id}/stop`, { method: 'POST' });
  }

  await sending;
  if (job.way === 'reload-after-end') await reload();
  if (job.way === 'reconnect') await chat.resumeStream();
  if (job.toolOutput) {
    for (const part of parts(chat.messages).filter(isTool)) {
      await chat[chat.addToolOutput ? 'addToolOutput' : 'addToolResult'](
        { tool: toolName(part), toolCallId: part.toolCallId, output: job.toolOutput });
    }
    await chat.sendMessage();
  }

  if (job.next) await chat.sendMessage({ text: job.next });
  const last = finishes.at(-1);
  return {
    status: chat.status,
    error: chat.error?.message ?? null,
    errorStatus: chat.error?.statusCode ?? null,
    errors: errors.length,
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
});
