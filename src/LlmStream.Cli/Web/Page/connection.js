import { ChatError, ConnectionError, readAnswer, sendRequest, stopAnswer } from './transport.js';

// Before each round over the addresses; a server that is started again needs some seconds. Then the last one again and again.
const DELAYS = [200, 500, 1000, 2000, 4000];
const MAX_ROUNDS = 30; // two minutes
// A request that no server has received is not repeated for minutes, and a server that does not know the answer is believed soon.
const FEW_ROUNDS = 3;
const STABLE_AFTER = 3000;
const INTRODUCTION_TIMEOUT = 2000;
const NOT_FOUND = 'The page was reloaded before the answer was complete, and the server no longer has it.';

// Receives answers from a server that keeps them, over as many connections as it takes: to the same address first, and then to the others.
export class AnswerConnection {
    #addresses;
    #pause;
    #introduction = null;

    // The addresses end with a slash; the empty one is that of the page.
    constructor(addresses, pause = waitForRetry) {
        this.#addresses = addresses;
        this.#pause = pause;
    }

    // Gets the cookie by which the server knows whose an answer is. Otherwise the page would not have it until the response to its first
    // request begins, and could neither stop nor resume that answer before.
    introduce() {
        const signal = AbortSignal.timeout(INTRODUCTION_TIMEOUT);
        this.#introduction = readAnswer(this.#addresses[0], crypto.randomUUID(), signal, () => {}).catch(() => {});
    }

    // Receives an answer until run.hasEnded. Fails if it cannot be had.
    // run: { chatId, streamId, request, key, signal, hasEnded, open(streamId), start(), add(chunk), lose(), isOther(id) }.
    // start() is called before the first chunk of each connection, lose() when one was lost; isOther() says whether an id is that of
    // another message of the chat.
    async receive(run) {
        await this.#introduction;
        let last = null;
        for (let failures = 0; !run.hasEnded;) {
            if (failures > 0) await this.#pause(DELAYS[Math.min(failures, DELAYS.length) - 1], run.signal);
            const round = await this.#tryAll(run);
            if (run.hasEnded) return;
            run.hasStarted ||= round.wasOpen;
            failures = round.isStable ? 1 : failures + 1;
            last = round.error ?? last;
            if (round.unreachable === 0) throw new ChatError(last?.message ?? NOT_FOUND);
            if (failures >= findMaxFailures(run, round)) throw last;
            run.lose();
        }
    }

    // Asks each server until one stops the answer. Returns true, false if no server has it, or null if one could not be asked.
    async stop(run) {
        let isKnown = false;
        for (const address of this.#addresses) {
            try {
                if (await stopAnswer(address, run)) return true;
            } catch (error) {
                if (!(error instanceof ChatError)) throw error;
                isKnown = null;
            }
        }
        return isKnown;
    }

    async #tryAll(run) {
        const round = { error: null, wasOpen: false, isStable: false, unreachable: 0, absent: 0 };
        for (const address of [...this.#addresses]) {
            const connection = { openedAt: 0, hasContent: false };
            try {
                if (!await tryOne(address, run, connection)) round.absent++;
                else if (!run.hasEnded) throw new ConnectionError('The connection ended before the answer was complete.');
            } catch (error) {
                if (run.hasEnded) break;
                if (!(error instanceof ConnectionError)) throw error;
                round.error = error;
                round.unreachable++;
            }
            if (!connection.hasContent) continue;
            // The next time this address is the first.
            this.#addresses = [address, ...this.#addresses.filter(other => other !== address)];
            round.wasOpen = true;
            round.isStable = performance.now() - connection.openedAt > STABLE_AFTER;
            break;
        }
        return round;
    }
}

// Returns false if the server does not have the answer.
async function tryOne(address, run, connection) {
    const onChunk = chunk => {
        if (!connection.hasContent) {
            Object.assign(connection, { openedAt: performance.now(), hasContent: true });
            run.start();
        }
        run.add(chunk);
    };
    if (run.request && !run.hasStarted) {
        await sendRequest(address, run, run.open, onChunk);
        return true;
    }

    if (run.streamId) return await readAnswer(address, run.streamId, run.signal, onChunk);
    try {
        // The latest answer of the chat. If the request for this one did not arrive, that is an earlier one.
        return await readAnswer(address, run.chatId, run.signal, chunk => {
            if (chunk.type === 'start' && run.isOther(chunk.messageId)) throw new OtherAnswer();
            onChunk(chunk);
        });
    } catch (error) {
        if (error instanceof OtherAnswer) return false;
        throw error;
    }
}

class OtherAnswer extends Error {}

function findMaxFailures(run, { wasOpen, absent }) {
    if (wasOpen) return MAX_ROUNDS;
    return absent > 0 || (run.request && !run.hasStarted) ? FEW_ROUNDS : MAX_ROUNDS;
}

// Waits, but not longer than until the device is online again or the page is looked at. The pages of a server that failed do not all come
// back at the same moment.
function waitForRetry(milliseconds, signal) {
    return new Promise((resolve, reject) => {
        const waiting = new AbortController();
        const options = { signal: waiting.signal };
        const timer = setTimeout(end, milliseconds * (0.5 + Math.random()));
        addEventListener('online', end, options);
        document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && end(), options);
        signal.addEventListener('abort', end, options);
        if (signal.aborted) end();

        function end() {
            clearTimeout(timer);
            waiting.abort();
            if (signal.aborted) reject(signal.reason);
            else resolve();
        }
    });
}
