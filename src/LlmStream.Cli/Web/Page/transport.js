import { SseParser } from './sse.js';

// Why a request failed, in words for the reader.
export class ChatError extends Error {
    constructor(message, { retryAfter = null } = {}) {
        super(message);
        this.retryAfter = retryAfter;
    }
}

// Sends a chat request and calls onChunk for every chunk of the UI message stream. Returns at [DONE] or at the end of the body; whether
// the answer is complete is for the caller to decide.
export async function streamChat(url, request, signal, onChunk) {
    let response;
    try {
        response = await fetch(url, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
            body: JSON.stringify(request),
            cache: 'no-store',
            signal,
        });
    } catch (error) {
        if (signal.aborted) throw error;
        throw new ChatError('The server cannot be reached.');
    }

    if (!response.ok) throw await createResponseError(response);
    const type = response.headers.get('Content-Type') ?? '';
    if (!/^text\/event-stream\b/i.test(type)) {
        await response.body?.cancel();
        throw new ChatError(`The server did not send an event stream but ${type === '' ? 'an unnamed type' : type}.`);
    }

    await readEvents(response.body, signal, onChunk);
}

async function readEvents(body, signal, onChunk) {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let isDone = false;
    const parser = new SseParser(data => {
        if (isDone) return;
        if (data === '[DONE]') isDone = true;
        else onChunk(parseChunk(data));
    });
    try {
        while (!isDone) {
            const { value, done } = await read(reader, signal);
            if (done) return;
            parser.push(decoder.decode(value, { stream: true }));
        }
    } finally {
        reader.cancel().catch(() => {});
    }
}

async function read(reader, signal) {
    try {
        return await reader.read();
    } catch (error) {
        if (signal.aborted) throw error;
        throw new ChatError('The connection to the server was lost.');
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
    return new ChatError(reason, { retryAfter });
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
