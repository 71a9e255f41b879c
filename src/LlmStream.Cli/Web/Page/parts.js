import { create, createLink, isInlineImage, parseLink } from './dom.js';
import { Markdown } from './markdown.js';

// Shows one part of an answer. Every view has an element, update(change), render() and end().
export function createPartView(part) {
    switch (part.type) {
        case 'text': return new TextView(part);
        case 'reasoning': return new ReasoningView(part);
        case 'tool': return new ToolView(part);
        case 'seam': return new StaticView(create('p', {}, createSeam(part.seam)));
        case 'file': return new StaticView(createFile(part));
        case 'source-url':
        case 'source-document': return null; // shown together
        default: return null;
    }
}

export function createSources(sources) {
    const list = create('ol');
    for (const source of sources) {
        const href = parseLink(source.url);
        const label = source.title || source.filename || source.url || source.sourceId || 'Document';
        list.append(create('li', {}, href === null ? label : createLink(href, label)));
    }
    return create('section', { class: 'sources', 'aria-label': 'Sources' }, create('h3', {}, 'Sources'), list);
}

class StaticView {
    constructor(element) {
        this.element = element;
    }

    update() {}

    render() {}

    end() {}
}

class TextView {
    #markdown;

    constructor(part) {
        this.element = create('div', { class: 'text' });
        this.#markdown = new Markdown(this.element, createSeam);
        let shown = 0;
        for (const seam of part.seams) {
            this.#markdown.append(part.text.slice(shown, seam.offset));
            this.#markdown.markSeam(seam);
            shown = seam.offset;
        }
        this.#markdown.append(part.text.slice(shown));
    }

    update({ delta, seam }) {
        if (seam) this.#markdown.markSeam(seam);
        if (delta) this.#markdown.append(delta);
    }

    render() {
        this.#markdown.render();
    }

    end() {
        this.#markdown.end();
    }
}

class ReasoningView {
    #part;
    #text;
    #summary = create('summary');

    constructor(part) {
        this.#part = part;
        this.#text = new TextView(part);
        this.element = create('details', { class: 'reasoning' }, this.#summary, this.#text.element);
    }

    update(change) {
        this.#text.update(change);
    }

    render() {
        this.#summary.textContent = this.#part.isOpen ? 'Reasoning…' : 'Reasoning';
        this.#text.render();
    }

    end() {
        this.#summary.textContent = 'Reasoning';
        this.#text.end();
    }
}

class ToolView {
    #part;
    #title = create('h3');
    #input = create('pre', { tabindex: 0, role: 'region', 'aria-label': 'Arguments' });
    #output = create('pre', { tabindex: 0, role: 'region', 'aria-label': 'Result', hidden: true });

    constructor(part) {
        this.#part = part;
        this.element = create('section', { class: 'tool', 'aria-label': 'Tool call' }, this.#title, this.#input, this.#output);
    }

    update() {}

    render() {
        const { name, inputText, output, error } = this.#part;
        this.#title.textContent = `Tool call: ${name}`;
        this.#input.textContent = inputText === '' ? 'No arguments' : inputText;
        this.#output.hidden = output === undefined && error === undefined;
        this.#output.textContent = error === undefined ? output ?? '' : `Error: ${error}`;
    }

    end() {
        this.render();
    }
}

function createFile(part) {
    const name = part.filename || part.mediaType || 'File';
    if (isInlineImage(part.url)) return create('p', { class: 'file' }, create('img', { src: part.url, alt: part.filename || 'Image' }));
    const href = parseLink(part.url);
    const label = `File: ${name}`;
    return create('p', { class: 'file' }, href === null ? label : createLink(href, label));
}

const Reasons = {
    connection: 'the connection to the provider was lost',
    truncated: 'the provider cut the answer off',
    idletimeout: 'the provider stopped sending',
    stalledtimeout: 'the provider stopped answering',
    servererror: 'the provider reported an error',
    providererror: 'the provider reported an error',
};

const Kinds = {
    appended: 'the answer continues here',
    restarted: 'the model started over here',
    replayed: 'the provider sent the rest of the same answer',
};

function createSeam({ attempt, kind, reason }) {
    const why = Reasons[reason.toLowerCase()] ?? `the answer was interrupted (${reason})`;
    const how = Kinds[kind.toLowerCase()] ?? Kinds.appended;
    const text = `Resumed: ${why}; ${how} (attempt ${attempt ?? '?'}).`;
    return create('span', { class: 'seam', role: 'img', 'aria-label': text, title: text });
}
