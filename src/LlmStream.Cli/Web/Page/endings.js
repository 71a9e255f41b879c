import { ChatError, ConnectionError } from './transport.js';

// How an answer ended that the server did not end.
export function describeFailure(error, { signal, request, hasStarted, isStopping, wasStopped }) {
    if (wasStopped === null) return { kind: 'stopped', text: 'Stopped on this page; the server could not be reached' };
    if (signal.aborted || isStopping) return { kind: 'stopped', text: 'Stopped' };
    if (!(error instanceof ChatError)) throw error;
    // The server may still have the answer.
    const canResume = (hasStarted || request === null) && error instanceof ConnectionError;
    return { kind: 'cut', text: 'Cut off', error: error.message + describeWait(error), canResume };
}

// For the status line.
export function describeEnding(ending) {
    if (ending.error !== undefined) return 'The answer failed.';
    if (ending.kind === 'complete') return 'The answer is complete.';
    return `${ending.text}.`;
}

function describeWait({ message, retryAfter }) {
    const isKnown = retryAfter === null || new RegExp(`\\b${retryAfter}\\b`).test(message);
    return isKnown ? '' : ` The server asked to wait ${describeSeconds(retryAfter)}.`;
}

function describeSeconds(seconds) {
    if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
    return `${Math.ceil(seconds / 60)} minutes`;
}
