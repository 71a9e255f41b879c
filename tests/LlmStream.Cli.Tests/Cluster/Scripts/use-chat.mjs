// use-chat.mjs FIRST SECOND PACKAGE…: useChat of the Vercel AI SDK in several versions. Each sends a message to the first address. When all
// have some text, "text" is printed, and a line on standard input says that the first address is gone. Then a new page with the same chat
// asks the second address for the answer: one that knows the question alone, and one that has the part that had arrived. Prints what each
// of them shows at the end.
import { once } from 'node:events';
import { load } from './driver.mjs';

const [first, second, ...packages] = process.argv.slice(2);
const textOf = message => (message?.parts ?? []).filter(part => part.type === 'text').map(part => part.text).join('');

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

async function open(name) {
  const { AbstractChat, DefaultChatTransport } = await load(name);
  class Chat extends AbstractChat {}
  let cookie = '';
  const fetchAsOwner = async (url, options = {}) => {
    const headers = { ...Object.fromEntries(new Headers(options.headers)), cookie };
    const response = await fetch(url, { ...options, headers });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return response;
  };
  return (address, id, messages, seen = {}) => {
    const state = new State();
    state.messages = messages;
    const chat = new Chat({
      id,
      state,
      transport: new DefaultChatTransport({ api: `${address}api/chat`, fetch: fetchAsOwner }),
      onFinish: finish => Object.assign(seen, { isError: finish.isError, finishReason: finish.finishReason }),
      onError: error => Object.assign(seen, { error: error.message }),
    });
    return { chat, state, seen };
  };
}

const chats = await Promise.all(packages.map(async name => {
  const create = await open(name);
  const { chat, state } = create(first, `chat-${name}`, []);
  const hasText = new Promise(resolve => {
    state.onChange = messages => messages.length > 1 && textOf(messages.at(-1)).length > 20 && resolve();
  });
  const sending = chat.sendMessage({ text: 'Why?' }).catch(() => {});
  await hasText;
  return { name, create, chat, sending };
}));
console.log('text');
await once(process.stdin, 'data');

console.log(JSON.stringify(await Promise.all(chats.flatMap(({ name, create, chat, sending }) => ['question', 'part'].map(async kind => {
  await sending;
  const history = structuredClone(kind === 'part' ? chat.messages : chat.messages.slice(0, 1));
  const page = create(second, chat.id, history);
  await page.chat.resumeStream();
  const answers = page.chat.messages.filter(message => message.role === 'assistant');
  return {
    name: `${name} ${kind}`, status: page.chat.status, answers: answers.length, text: textOf(answers.at(-1)), lost: chat.status, ...page.seen,
  };
})))));
process.exit(0);
