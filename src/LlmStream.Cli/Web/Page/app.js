import { Announcer } from './announcer.js';
import { AnswerConnection } from './connection.js';
import { describeEnding, describeFailure } from './endings.js';
import { LiveAnswer } from './live.js';
import { AnswerView, createQuestion } from './messages.js';
import { ChatStorage } from './storage.js';

const element = id => document.getElementById(id);
const conversation = element('conversation');
const prompt = element('prompt');
const status = element('status');
const storage = new ChatStorage();
const announcer = new Announcer(element('announcer'));
const peers = document.querySelector('meta[name=peers]').content.split(' ').filter(peer => peer !== '');
const connection = new AnswerConnection(['', ...peers]);

// How long the server may take to end an answer that it was asked to stop.
const STOP_TIMEOUT = 3000;

let chat = storage.load() ?? createChat();
let lastView = null;
let running = null;

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

function answer(trigger, replaced) {
    const request = { id: chat.id, messages: toRequest(chat.messages), trigger, messageId: replaced?.message.id };
    const message = { id: crypto.randomUUID(), role: 'assistant', parts: [], ending: null };
    const live = new LiveAnswer(message);
    chat.messages.push(message);
    conversation.append(live.view.element);
    if (!replaced) storage.save(chat);
    receive(live, 'Waiting for the answer…', request, replaced);
}

// For this page, the last answer has not ended.
function resume() {
    if (running) return;
    const message = chat.messages.at(-1);
    message.ending = null;
    const live = new LiveAnswer(message);
    if (lastView) lastView.element.replaceWith(live.view.element);
    else conversation.append(live.view.element);
    live.view.render();
    live.view.wait();
    receive(live, 'Resuming the answer…', null, null);
}

async function receive(live, statusText, request, replaced) {
    const abort = new AbortController();
    const run = {
        live, request, replaced, abort, signal: abort.signal, chatId: chat.id, key: crypto.randomUUID(), isDue: false, pause: 0,
        isStopping: false,
        get hasEnded() {
            return live.hasEnded;
        },
        get streamId() {
            return live.message.streamId;
        },
        isOther: id => chat.messages.some(message => message !== live.message && message.id === id),
        open: id => {
            live.message.streamId = id;
        },
        start: () => live.start(),
        add: chunk => show(run, chunk),
        lose: () => showLoss(run),
    };
    setRunning(run);
    scrollToEnd();
    announcer.start();
    setStatus(statusText);
    try {
        await connection.receive(run);
    } catch (error) {
        live.message.ending ??= describeFailure(error, run);
    }

    if (running === run) finish(run);
}

function show(run, chunk) {
    const change = run.live.add(chunk);
    if (running !== run) return;
    if (!run.replaced || change !== null) {
        chat.messages[chat.messages.length - 1] = run.live.message;
        lastView = run.live.view;
        storage.saveSoon(chat);
    }
    if (change === null) return;
    if (run.replaced) {
        run.replaced.view.element.remove();
        run.replaced = null;
    }

    if (change.spoken) announcer.add(change.spoken);
    if (!run.isStopping) setStatus(change.isReasoning ? 'Reasoning…' : 'Answering…');
    if (run.isDue) return;
    run.isDue = true;
    setTimeout(() => requestAnimationFrame(() => draw(run)), run.pause);
}

function showLoss(run) {
    if (running !== run) return;
    run.live.view.wait();
    setStatus(run.isStopping ? 'Stopping…' : 'The connection was lost. Reconnecting…');
}

// The browser lays a long paragraph out as a whole, so the longer that takes, the less often it is done.
function draw(run) {
    run.isDue = false;
    if (running !== run) return;
    const start = performance.now();
    const follow = isAtEnd();
    run.live.view.render();
    if (follow) scrollToEnd();
    else showLatestButton();
    const duration = performance.now() - start;
    run.pause = duration < 8 ? 0 : 3 * duration;
}

function finish(run) {
    const follow = isAtEnd();
    const { ending } = run.live.message;
    const { message, view } = run.replaced ? restoreReplaced(run) : run.live;
    chat.messages[chat.messages.length - 1] = message;
    view.end(createActions(message));
    announcer.end();
    setRunning(null);
    lastView = view;
    setStatus(describeEnding(ending));
    storage.save(chat);
    if (follow) scrollToEnd();
}

// Nothing of the new answer arrived: the old one is shown again, with the error of the new one.
function restoreReplaced({ live, replaced }) {
    const { message, view } = replaced;
    const { error } = live.message.ending;
    if (message.parts.length === 0 && error !== undefined) {
        view.element.remove();
        return live;
    }

    live.view.element.remove();
    view.element.classList.remove('replaced');
    if (error !== undefined) message.ending.error = error;
    return replaced;
}

function createActions({ ending, parts }) {
    if (ending.error === undefined) return { Regenerate: regenerate };
    const actions = ending.canResume ? { Reconnect: resume } : {};
    actions['Try again'] = regenerate;
    if (parts.length > 0) actions['Keep this text'] = keepText;
    return actions;
}

function keepText() {
    lastView.removeActions();
    const { ending } = chat.messages.at(-1);
    delete ending.error;
    delete ending.canResume;
    storage.save(chat);
    prompt.focus();
}

function setRunning(run) {
    const hadFocus = document.activeElement;
    running = run;
    if (run) lastView = run.live.view;
    element('stop').hidden = !run;
    element('send').hidden = !!run;
    // The element with the focus may be hidden or removed.
    if (run && hadFocus !== prompt) element('stop').focus();
    if (!run && hadFocus === element('stop')) element('send').focus();
}

// The server stops the answer, which ends with what has arrived so far. Whoever asks again does not wait for that.
async function stop() {
    const run = running;
    if (!run) return;
    if (run.isStopping) {
        run.abort.abort();
        return;
    }

    run.isStopping = true;
    setStatus('Stopping…');
    run.wasStopped = await connection.stop(run);
    if (run.wasStopped && running === run) await new Promise(resolve => setTimeout(resolve, STOP_TIMEOUT));
    run.abort.abort();
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

        const isLast = message === chat.messages.at(-1);
        lastView = null;
        if (isLast && (!message.ending || message.ending.canResume)) resume();
        else showAnswer(message, isLast);
    }
    scrollToEnd();
}

function showAnswer(message, isLast) {
    message.ending ??= { kind: 'cut', text: 'Cut off' };
    lastView = new AnswerView(message);
    conversation.append(lastView.element);
    lastView.end(isLast ? createActions(message) : {});
    if (!isLast) lastView.removeActions();
}

function startNewChat() {
    const run = running;
    running = null;
    if (run) connection.stop(run);
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
window.addEventListener('pagehide', () => storage.flush());

// Browsers that lay the keyboard over the page do not change the height of the viewport.
window.visualViewport?.addEventListener('resize', () => {
    const { height, scale } = window.visualViewport;
    document.body.style.blockSize = scale === 1 ? `${height}px` : '';
});

restore();
if (!running) connection.introduce();
showModel();
