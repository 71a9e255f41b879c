// Builds a message from the chunks of the UI message stream (v1).
export class AnswerReader {
    #message;
    #open = new Map();
    #stepStart = 0;

    constructor(message) {
        this.#message = message;
    }

    // Returns what changed: { part, delta }, { part, seam }, { part }, { reset: true } or null.
    apply(chunk) {
        const message = this.#message;
        switch (chunk.type) {
            case 'start':
                if (chunk.messageId) message.id = chunk.messageId;
                return this.#addMetadata(chunk.messageMetadata);
            case 'start-step':
                this.#stepStart = message.parts.length;
                return null;
            case 'finish-step':
                this.#open.clear();
                return null;
            case 'reset-step':
                message.parts.length = this.#stepStart;
                this.#open.clear();
                return { reset: true };
            case 'text-start':
            case 'reasoning-start':
                return this.#openText(chunk);
            case 'text-delta':
            case 'reasoning-delta':
                return this.#addText(chunk);
            case 'text-end':
            case 'reasoning-end':
                return this.#close(chunk);
            case 'data-seam':
                return this.#addSeam(chunk.data ?? {});
            case 'source-url':
            case 'source-document':
            case 'file':
                return this.#add({ ...chunk });
            case 'message-metadata':
                return this.#addMetadata(chunk.messageMetadata);
            case 'finish':
                this.#addMetadata(chunk.messageMetadata);
                message.ending = describeFinish(chunk.finishReason);
                return null;
            case 'abort':
                message.ending = { kind: 'stopped', text: 'Stopped' };
                return null;
            case 'error':
                message.ending = { kind: 'error', text: 'Incomplete: the answer failed', error: String(chunk.errorText ?? 'The server reported an error.') };
                return null;
            default:
                return chunk.type.startsWith('tool-') ? this.#applyTool(chunk) : null;
        }
    }

    #add(part) {
        this.#message.parts.push(part);
        return { part };
    }

    #openText(chunk) {
        const kind = chunk.type.startsWith('text') ? 'text' : 'reasoning';
        const part = { type: kind, text: '', seams: [], isOpen: true };
        this.#open.set(`${kind} ${chunk.id}`, part);
        return this.#add(part);
    }

    #addText(chunk) {
        const kind = chunk.type.startsWith('text') ? 'text' : 'reasoning';
        const part = this.#open.get(`${kind} ${chunk.id}`) ?? this.#openText(chunk).part;
        const delta = String(chunk.delta ?? '');
        part.text += delta;
        return { part, delta };
    }

    #close(chunk) {
        const key = `${chunk.type.startsWith('text') ? 'text' : 'reasoning'} ${chunk.id}`;
        const part = this.#open.get(key);
        if (!part) return null;
        this.#open.delete(key);
        part.isOpen = false;
        return { part };
    }

    // The chunk precedes the first delta after the seam, so that the seam is at the end of what has arrived.
    #addSeam(data) {
        const seam = { attempt: data.attempt, kind: String(data.kind ?? ''), reason: String(data.reason ?? '') };
        this.#message.seamCount = (this.#message.seamCount ?? 0) + 1;
        const part = this.#message.parts.at(-1);
        if (part?.type !== 'text' && part?.type !== 'reasoning') return this.#add({ type: 'seam', seam });
        seam.offset = part.text.length;
        part.seams.push(seam);
        return { part, seam };
    }

    #addMetadata(metadata) {
        if (metadata?.usage) this.#message.usage = metadata.usage;
        return null;
    }

    #applyTool(chunk) {
        const id = chunk.toolCallId ?? chunk.approvalId;
        let part = this.#message.parts.find(known => known.type === 'tool' && known.id === id);
        const isNew = !part;
        part ??= { type: 'tool', id, name: chunk.toolName ?? 'tool', inputText: '' };
        switch (chunk.type) {
            case 'tool-input-start':
                part.name = chunk.toolName ?? part.name;
                break;
            case 'tool-input-delta':
                part.inputText += String(chunk.inputTextDelta ?? '');
                break;
            case 'tool-input-available':
            case 'tool-input-error':
                part.name = chunk.toolName ?? part.name;
                if (chunk.input !== undefined) part.inputText = format(chunk.input);
                part.error = chunk.errorText;
                break;
            case 'tool-output-available':
                part.output = format(chunk.output);
                break;
            case 'tool-output-error':
                part.error = chunk.errorText;
                break;
            case 'tool-output-denied':
                part.error = 'The call was denied.';
                break;
            default:
                return null;
        }
        return isNew ? this.#add(part) : { part };
    }
}

// What the reader of a finish reason needs to know.
function describeFinish(reason) {
    switch (reason) {
        case 'stop':
        case undefined:
            return { kind: 'complete', text: 'Complete' };
        case 'length':
            return { kind: 'length', text: 'Incomplete: the length limit was reached' };
        case 'content-filter':
            return { kind: 'content-filter', text: 'Incomplete: stopped by the content filter' };
        case 'tool-calls':
            return { kind: 'tool-calls', text: 'The model called a tool; this page does not run tools' };
        case 'error':
        case 'interrupted':
            return { kind: 'error', text: 'Incomplete: the answer failed', error: 'The provider ended the answer with an error.' };
        default:
            return { kind: 'other', text: `Ended: ${reason}` };
    }
}

function format(value) {
    return typeof value === 'string' ? value : JSON.stringify(value, null, 2) ?? '';
}
