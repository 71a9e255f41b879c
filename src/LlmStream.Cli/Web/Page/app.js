import { AnswerReader } from './answer.js';
import { Announcer } from './announcer.js';
import { AnswerView, createQuestion } from './messages.js';
import { ChatStorage } from './storage.js';
import { ChatError, streamChat } from './transport.js';

const element = id => document.getElementById(id);
const conversation = element('conversation');
const prompt = element('prompt');
const status = element('status');
const storage = new ChatStorage();
const announcer = new Announcer(element('announcer'));

let chat = storage.load() ?? createChat();
let lastView = null;
let running = null;
let isLeaving = false;

function createChat() {
    return { id: crypto.randomUUID(), messages: [] };
}

// The text of the conversation as UI messages.
function toRequest(messages) {
    return messages
        .map(({ id, role, parts }) => {
            const text = parts.filter(part => part.type === 'text').map(part => part.text).join('');
            return { id, role, parts: [{ type: 'text', text }] };
        })
        .filter(message => message.parts[0].text !== '');
}

function send(text) {
    const question = { id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text }] };
    lastView?.removeActions();
    chat.messages.push(question);
    element('empty').hidden = true;
    conversation.append(createQuestion(question));
    scrollToEnd();
    answer('submit-message', null);
}

// The answer to replace stays until something of the new one has arrived.
function regenerate() {
    if (running) return;
    const replaced = { message: chat.messages.pop(), view: lastView };
    replaced.view.element.classList.add('replaced');
    answer('regenerate-message', replaced);
}

async function answer(trigger, replaced) {
    const request = { id: chat.id, messages: toRequest(chat.messages), trigger, messageId: replaced?.message.id };
    const message = { id: crypto.randomUUID(), role: 'assistant', parts: [], ending: null };
    const view = new AnswerView(message);
    const run = { chat, message, view, replaced, abort: new AbortController(), isDue: false, pause: 0 };
    chat.messages.push(message);
    conversation.append(view.element);
    setRunning(run);
    scrollToEnd();
    announcer.start();
    setStatus('Waiting for the answer…');
    if (!replaced) storage.save(chat);

    const reader = new AnswerReader(message);
    try {
        await streamChat('api/chat', request, run.abort.signal, chunk => show(run, reader.apply(chunk)));
        message.ending ??= { kind: 'cut', text: 'Cut off', error: 'The connection ended before the answer was complete.' };
    } catch (error) {
        message.ending ??= describeFailure(error, run.abort.signal);
    }

    // While the page is unloaded, its requests fail; what was saved is the answer so far.
    if (running === run && !isLeaving) finish(run);
}

function describeFailure(error, signal) {
    if (signal.aborted) return { kind: 'stopped', text: 'Stopped' };
    if (!(error instanceof ChatError)) throw error;
    return { kind: 'cut', text: 'Cut off', error: error.message + describeWait(error) };
}

function describeWait({ message, retryAfter }) {
    const isKnown = retryAfter === null || new RegExp(`\\b${retryAfter}\\b`).test(message);
    return isKnown ? '' : ` The server asked to wait ${describeSeconds(retryAfter)}.`;
}

function describeSeconds(seconds) {
    if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
    return `${Math.ceil(seconds / 60)} minutes`;
}

function show(run, change) {
    if (running !== run || change === null) return;
    if (run.replaced) {
        run.replaced.view.element.remove();
        run.replaced = null;
    }

    const isText = change.part?.type === 'text';
    if (isText && change.delta) announcer.add(change.delta);
    setStatus(change.part?.type === 'reasoning' ? 'Reasoning…' : 'Answering…');
    run.view.update(change);
    storage.saveSoon(chat);
    if (run.isDue) return;
    run.isDue = true;
    setTimeout(() => requestAnimationFrame(() => draw(run)), run.pause);
}

// The browser lays a long paragraph out as a whole, so the longer that takes, the less often it is done.
function draw(run) {
    run.isDue = false;
    if (running !== run) return;
    const start = performance.now();
    const follow = isAtEnd();
    run.view.render();
    if (follow) scrollToEnd();
    else showLatestButton();
    const duration = performance.now() - start;
    run.pause = duration < 8 ? 0 : 3 * duration;
}

function finish(run) {
    const follow = isAtEnd();
    const ending = run.message.ending;
    if (run.replaced) restoreReplaced(run);
    lastView = run.view;
    run.view.end(createActions(run.message));
    announcer.end();
    setRunning(null);
    setStatus(describeEnding(ending));
    storage.save(chat);
    if (follow) scrollToEnd();
}

// Nothing of the new answer arrived: the old one is shown again, with the error of the new one.
function restoreReplaced(run) {
    const { message, view } = run.replaced;
    const error = run.message.ending.error;
    if (message.parts.length === 0 && error !== undefined) {
        view.element.remove();
        return;
    }

    run.view.element.remove();
    view.element.classList.remove('replaced');
    if (error !== undefined) message.ending.error = error;
    chat.messages[chat.messages.length - 1] = message;
    run.message = message;
    run.view = view;
}

function describeEnding(ending) {
    if (ending.error !== undefined) return 'The answer failed.';
    if (ending.kind === 'complete') return 'The answer is complete.';
    return `${ending.text}.`;
}

function createActions(message) {
    if (message.ending.error === undefined) return { Regenerate: regenerate };
    const actions = { 'Try again': regenerate };
    if (message.parts.length > 0) actions['Keep this text'] = keepText;
    return actions;
}

function keepText() {
    lastView.removeActions();
    delete chat.messages.at(-1).ending.error;
    storage.save(chat);
    prompt.focus();
}

function setRunning(run) {
    const hadFocus = document.activeElement;
    running = run;
    if (run) lastView = run.view;
    element('stop').hidden = !run;
    element('send').hidden = !!run;
    // The element with the focus may be hidden or removed.
    if (run && hadFocus !== prompt) element('stop').focus();
    if (!run && hadFocus === element('stop')) element('send').focus();
}

function stop() {
    running?.abort.abort();
}

function setStatus(text) {
    if (status.textContent !== text) status.textContent = text;
}

function isAtEnd() {
    return conversation.scrollHeight - conversation.scrollTop - conversation.clientHeight < 80;
}

function scrollToEnd() {
    conversation.scrollTop = conversation.scrollHeight;
    element('latest').hidden = true;
}

function showLatestButton() {
    element('latest').hidden = isAtEnd();
}

function fitPrompt() {
    prompt.style.blockSize = 'auto';
    prompt.style.blockSize = `${prompt.scrollHeight + 2}px`;
}

function restore() {
    element('empty').hidden = chat.messages.length > 0;
    for (const message of chat.messages) {
        if (message.role === 'user') {
            conversation.append(createQuestion(message));
            continue;
        }

        message.ending ??= { kind: 'cut', text: 'Cut off', error: 'The page was reloaded before the answer was complete.' };
        lastView = new AnswerView(message);
        conversation.append(lastView.element);
        lastView.end(message === chat.messages.at(-1) ? createActions(message) : {});
        if (message !== chat.messages.at(-1)) lastView.removeActions();
    }
    scrollToEnd();
}

function startNewChat() {
    const run = running;
    running = null;
    run?.abort.abort();
    setRunning(null);
    announcer.start();
    chat = createChat();
    lastView = null;
    storage.save(chat);
    for (const article of conversation.querySelectorAll('article')) article.remove();
    element('empty').hidden = false;
    element('latest').hidden = true;
    setStatus('New chat.');
    prompt.focus();
}

async function copyCode(button) {
    const code = button.closest('.code').querySelector('code').textContent;
    try {
        await navigator.clipboard.writeText(code);
        setStatus('Copied.');
    } catch {
        setStatus('The browser did not allow copying.');
    }
}

async function showModel() {
    try {
        const response = await fetch('v1/models');
        const { data } = await response.json();
        element('model').textContent = data.map(model => model.id).join(', ');
    } catch {
        // The list of models is not essential.
    }
}

element('composer').addEventListener('submit', event => {
    event.preventDefault();
    const text = prompt.value.trim();
    if (running) setStatus('Wait for the answer, or stop it.');
    else if (text === '') prompt.focus();
    else {
        prompt.value = '';
        fitPrompt();
        send(text);
    }
});
prompt.addEventListener('keydown', event => {
    // While an input method is composing, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    element('composer').requestSubmit();
});
prompt.addEventListener('input', fitPrompt);
document.addEventListener('keydown', event => {
    if (event.key === 'Escape' && !event.isComposing) stop();
});
conversation.addEventListener('click', event => {
    const button = event.target.closest?.('.copy');
    if (button) copyCode(button);
});
conversation.addEventListener('scroll', showLatestButton, { passive: true });
element('stop').addEventListener('click', stop);
element('new-chat').addEventListener('click', startNewChat);
element('latest').addEventListener('click', () => {
    scrollToEnd();
    prompt.focus();
});
window.addEventListener('pagehide', () => {
    isLeaving = true;
    storage.flush();
});
window.addEventListener('pageshow', () => {
    isLeaving = false;
});

// Browsers that lay the keyboard over the page do not change the height of the viewport.
window.visualViewport?.addEventListener('resize', () => {
    const { height, scale } = window.visualViewport;
    document.body.style.blockSize = scale === 1 ? `${height}px` : '';
});

restore();
showModel();
