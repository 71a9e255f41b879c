// Run by PageScriptTests: how the page keeps an answer over lost connections, with a server that is an array of responses.
import assert from 'node:assert';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const load = name => import(pathToFileURL(`${process.env.LLMSTREAM_PAGE}/${name}`));
const { AnswerConnection } = await load('connection.js');
const { describeFailure } = await load('endings.js');

const A = '';
const B = 'http://b/';
const start = { type: 'start', messageId: 'm1' };
const text = delta => ({ type: 'text-delta', id: 't', delta });
const finish = { type: 'finish' };
const refused = () => Promise.reject(new TypeError('fetch failed'));
const status = (code, body = null, type = 'text/plain') => () => new Response(body, { status: code, headers: { 'Content-Type': type } });

// An answer whose connection is closed after the chunks, or fails.
function stream(chunks, fails = false) {
    return () => new Response(new ReadableStream({
        pull(controller) {
            if (chunks.length > 0) controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(chunks.shift())}\n\n`));
            else if (fails) controller.error(new TypeError('network error'));
            else controller.close();
        },
    }, { highWaterMark: 0 }), { headers: { 'Content-Type': 'text/event-stream', 'X-Stream-Id': 's1' } });
}

// Receives an answer. Responses: { address: [response, …] }; the last one repeats.
async function receive(addresses, responses, { request = { id: 'c' }, others = [] } = {}) {
    const calls = [];
    globalThis.fetch = (url, { method = 'GET', headers, body }) => {
        const address = addresses.findLast(known => url.startsWith(known));
        calls.push(`${method} ${url}`);
        if (body) assert.deepEqual([headers['Idempotency-Key'], body], ['k', '{"id":"c"}']);
        else assert.ok(!url.endsWith('api/chat'));
        const left = responses[address];
        return Promise.resolve((left.length > 1 ? left.shift() : left[0])());
    };
    const pauses = [];
    const run = {
        chatId: 'c', request, key: 'k', signal: new AbortController().signal, hasEnded: false, starts: 0, losses: 0, text: '',
        start() {
            run.starts++;
            run.text = '';
        },
        open: id => {
            run.streamId = id;
        },
        add(chunk) {
            run.text += chunk.delta ?? '';
            run.hasEnded ||= chunk.type === 'finish';
        },
        lose: () => run.losses++,
        isOther: id => others.includes(id),
    };
    const connection = new AnswerConnection(addresses, async time => pauses.push(time));
    const error = await connection.receive(run).then(() => null, failure => failure);
    return { run, calls, pauses, error, connection };
}

test('A lost connection is made again to the same address', async () => {
    for (const fails of [true, false]) {
        const { run, calls, error } = await receive([A, B], {
            [A]: [stream([start, text('a')], fails), refused, stream([start, text('ab'), finish])],
            [B]: [refused],
        });
        assert.equal(error, null);
        assert.deepEqual([run.text, run.starts], ['ab', 2]);
        assert.deepEqual(calls,
            ['POST api/chat', 'GET api/chat/s1/stream', 'GET http://b/api/chat/s1/stream', 'GET api/chat/s1/stream']);
    }
});

test('Another address is used when the first cannot be reached, and stays the first to be tried', async () => {
    const { run, calls } = await receive([A, B], {
        [A]: [stream([start, text('a')], true), refused],
        [B]: [stream([start, text('ab')], true), stream([start, text('abc'), finish])],
    });
    assert.equal(run.text, 'abc');
    assert.deepEqual(calls.slice(1), ['GET api/chat/s1/stream', 'GET http://b/api/chat/s1/stream', 'GET http://b/api/chat/s1/stream']);
});

test('A request whose response has not begun is sent again with its key', async () => {
    const { run, calls } = await receive([A, B], { [A]: [refused], [B]: [stream([start, text('a'), finish])] });
    assert.equal(run.text, 'a');
    assert.deepEqual(calls, ['POST api/chat', 'POST http://b/api/chat']);
});

test('A server that cannot be reached at all is an error soon', async () => {
    const { calls, pauses, error } = await receive([A], { [A]: [refused] });
    assert.equal(error.message, 'The server cannot be reached.');
    assert.deepEqual([calls.length, pauses], [3, [200, 500]]);
});

test('A server that does not come back is given up after minutes, and the answer can be asked for again', async () => {
    const { run, pauses, error } = await receive([A], { [A]: [stream([start, text('a')], true), refused] });
    assert.equal(pauses.length, 29);
    assert.equal(Math.max(...pauses), 4000);
    assert.equal(describeFailure(error, run).canResume, true);
});

test('A server that does not have the answer is believed', async () => {
    for (const code of [204, 404]) {
        const { run, calls, error } = await receive([A], { [A]: [stream([start, text('a')], true), status(code)] });
        assert.equal(error.message, 'The connection to the server was lost.');
        assert.equal(calls.length, 2);
        assert.equal(describeFailure(error, run).canResume, false);
    }
});

test('After a reload, an answer that nobody has is cut off', async () => {
    const { error } = await receive([A], { [A]: [status(204)] }, { request: null });
    assert.match(error.message, /reloaded/);
});

test('After a reload, an earlier answer of the chat is not taken for the last one', async () => {
    const { run, calls, error } = await receive([A], { [A]: [stream([start, text('old'), finish])] }, { request: null, others: ['m1'] });
    assert.deepEqual([run.starts, calls], [0, ['GET api/chat/c/stream']]);
    assert.match(error.message, /reloaded/);
});

test('A proxy without a server is waited for, a failure of the provider is not', async () => {
    const lost = () => stream([start, text('a')], true);
    for (const response of [status(503), status(502, '<html>', 'text/html'), status(504, '', 'text/html')]) {
        const { run } = await receive([A], { [A]: [lost(), response, stream([start, text('ab'), finish])] });
        assert.equal(run.text, 'ab');
    }

    for (const code of [400, 403, 429, 500, 502, 504]) {
        const { calls, error } = await receive([A, B], { [A]: [status(code, 'Because.')], [B]: [refused] });
        assert.equal(error.message, 'Because.');
        assert.equal(calls.length, 1);
    }
});

test('An event that cannot be read is an error, not a lost connection', async () => {
    const { calls, error } = await receive([A], { [A]: [stream([{ kind: 'x' }])] });
    assert.match(error.message, /cannot be read/);
    assert.equal(calls.length, 1);
});

test('Stop asks each server', async () => {
    const stop = async (a, b) => {
        const { connection, calls, run } = await receive([A, B], { [A]: [stream([start, finish]), a], [B]: [b] });
        return [await connection.stop(run), calls.slice(1)];
    };
    const all = ['POST api/chat/s1/stop', 'POST http://b/api/chat/s1/stop'];
    assert.deepEqual(await stop(status(204), refused), [true, all.slice(0, 1)]);
    assert.deepEqual(await stop(refused, status(204)), [true, all]);
    assert.deepEqual(await stop(status(404), status(404)), [false, all]);
    assert.deepEqual(await stop(refused, status(404)), [null, all]);

    // Before the id is known.
    const { connection, calls, run } = await receive([A], { [A]: [status(429, 'x'), status(204)] });
    assert.equal(await connection.stop(run), true);
    assert.deepEqual(calls, ['POST api/chat', 'POST api/chat/c/stop']);
});
