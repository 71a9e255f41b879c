import { SseParser } from './sse.js';

// Without a byte for this long, a connection is taken for lost: the server sends a comment after 15 seconds of silence.
const MAX_SILENCE = 45_000;
const STOP_TIMEOUT = 5_000;

// Why a request failed, in words for the reader.
export class ChatError extends Error {
    constructor(message, { retryAfter = null } = {}) {
        super(message);
        this.retryAfter = retryAfter;
    }
}

// The server cannot be reached at present, or the connection was lost: another attempt may succeed.
export class ConnectionError extends ChatError {}

// Sends a chat request, and calls onChunk for each chunk of the UI message stream. Returns at [DONE] or at the end of the body; whether
// the answer is complete is for the caller to decide. onStream is called first, with the id by which the answer can be resumed.
export async function sendRequest(address, { request, key, signal }, onStream, onChunk) {
    await connect(`${address}api/chat`, createPost(request, key), signal, async (response, wait) => {
        const id = response.headers.get('X-Stream-Id');
        if (id) onStream(id);
        if (!response.ok) throw await createResponseError(response);
        await readEvents(response, wait, onChunk);
    });
}

// Reads an answer that the server keeps, from its beginning. The id is that of the answer, or of a chat, for its latest answer. Returns
// false if there is none.
export function readAnswer(address, id, signal, onChunk) {
    return connect(`${address}api/chat/${encodeURIComponent(id)}/stream`, {}, signal, async (response, wait) => {
        if (response.status === 204 || response.status === 404) return false;
        if (!response.ok) throw await createResponseError(response);
        await readEvents(response, wait, onChunk);
        return true;
    });
}

// Asks the server to stop an answer. If its id is not known yet, the server recognizes it by the request. Returns false if there is none.
export function stopAnswer(address, { chatId, streamId, request, key }) {
    const url = `${address}api/chat/${encodeURIComponent(streamId ?? chatId)}/stop`;
    const options = streamId || !request ? { method: 'POST', keepalive: true } : createPost(request, key);
    return connect(url, options, AbortSignal.timeout(STOP_TIMEOUT), async response => {
        if (response.status >= 500) throw await createResponseError(response);
        return response.ok;
    });
}

// The server does not begin another answer to a request that it has already.
function createPost(request, key) {
    return {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify(request),
    };
}

// Calls handle with the response, and with a function that waits for a part of it, but not too long. The owner of an answer is known by a
// cookie, also to another node on this machine: cookies do not depend on the port.
async function connect(url, options, signal, handle) {
    const silence = new AbortController();
    let timer = 0;
    const wait = async (reading, message) => {
        timer = setTimeout(() => silence.abort(), MAX_SILENCE);
        try {
            return await reading;
        } catch (error) {
            if (signal.aborted && signal.reason.name !== 'TimeoutError') throw error;
            throw new ConnectionError(message);
        } finally {
            clearTimeout(timer);
        }
    };
    const headers = { Accept: 'text/event-stream', ...options.headers };
    const signals = AbortSignal.any([signal, silence.signal]);
    const request = fetch(url, { ...options, headers, cache: 'no-store', credentials: 'include', signal: signals });
    const response = await wait(request, 'The server cannot be reached.');
    return await handle(response, reading => wait(reading, 'The connection to the server was lost.'));
}

async function readEvents(response, wait, onChunk) {
    const type = response.headers.get('Content-Type') ?? '';
    if (!/^text\/event-stream\b/i.test(type)) {
        await response.body?.cancel();
        throw new ChatError(`The server did not send an event stream but ${type === '' ? 'an unnamed type' : type}.`);
    }

    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const chunks = [];
    let isDone = false;
    const parser = new SseParser(data => {
        if (data === '[DONE]') isDone = true;
        if (!isDone) chunks.push(parseChunk(data));
    });
    try {
        while (!isDone) {
            const { value, done } = await wait(reader.read());
            if (done) return;
            parser.push(decoder.decode(value, { stream: true }));
            for (const chunk of chunks.splice(0)) onChunk(chunk);
        }
    } finally {
        reader.cancel().catch(() => {});
    }
}

function parseChunk(data) {
    try {
        const chunk = JSON.parse(data);
        if (typeof chunk?.type === 'string') return chunk;
    } catch {
        // Reported below.
    }
    throw new ChatError(`The server sent an event that cannot be read: ${data.slice(0, 80)}`);
}

async function createResponseError(response) {
    const body = await response.text().catch(() => '');
    const reason = findMessage(body) ?? `The server answered with status ${response.status}.`;
    const retryAfter = parseRetryAfter(response.headers.get('Retry-After'));
    return new (isTemporary(response) ? ConnectionError : ChatError)(reason, { retryAfter });
}

// A server that is shutting down answers with 503. The other two are those of a proxy without a server, unless they have a text for the
// reader.
function isTemporary({ status, headers }) {
    return status === 503 || ((status === 502 || status === 504) && /^($|text\/html\b)/i.test(headers.get('Content-Type') ?? ''));
}

// An error body is plain text, OpenAI's error object or problem details (RFC 9457).
function findMessage(body) {
    const text = body.trim();
    try {
        const json = JSON.parse(text);
        const message = json?.error?.message ?? json?.error ?? json?.detail ?? json?.title ?? json?.message;
        if (typeof message === 'string' && message !== '') return message;
    } catch {
        if (text !== '' && !text.startsWith('<')) return text.slice(0, 500);
    }
    return null;
}

// Seconds or a date (RFC 9110, 10.2.3).
function parseRetryAfter(value) {
    if (value === null) return null;
    const seconds = /^\s*\d+\s*$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
    return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}
