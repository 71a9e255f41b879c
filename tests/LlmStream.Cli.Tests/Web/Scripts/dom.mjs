// As much of the DOM as the Markdown renderer uses. html() serializes it.
class Node {
    parentNode = null;
    childNodes = [];

    get lastChild() {
        return this.childNodes.at(-1) ?? null;
    }

    get nextSibling() {
        const siblings = this.parentNode?.childNodes ?? [];
        return siblings[siblings.indexOf(this) + 1] ?? null;
    }

    get textContent() {
        return this.childNodes.map(node => node.textContent).join('');
    }

    hasChildNodes() {
        return this.childNodes.length > 0;
    }

    append(...nodes) {
        for (const node of nodes) this.#insert(this.childNodes.length, node);
    }

    before(node) {
        this.parentNode.#insert(this.parentNode.childNodes.indexOf(this), node);
    }

    replaceWith(node) {
        const parent = this.parentNode;
        const index = parent.childNodes.indexOf(this);
        this.remove();
        parent.#insert(index, node);
    }

    remove() {
        const siblings = this.parentNode?.childNodes;
        if (siblings) siblings.splice(siblings.indexOf(this), 1);
        this.parentNode = null;
    }

    normalize() {
        const merged = [];
        for (const node of this.childNodes) {
            node.normalize();
            if (node instanceof Text && merged.at(-1) instanceof Text) merged.at(-1).data += node.data;
            else if (!(node instanceof Text) || node.data !== '') merged.push(node);
        }
        this.childNodes = merged;
    }

    #insert(index, value) {
        const node = value instanceof Node ? value : new Text(String(value));
        const nodes = node instanceof Fragment ? node.childNodes : [node];
        if (node instanceof Fragment) node.childNodes = [];
        else node.remove();
        this.childNodes.splice(index, 0, ...nodes);
        for (const inserted of nodes) inserted.parentNode = this;
    }
}

class Text extends Node {
    constructor(data) {
        super();
        this.data = data;
    }

    get textContent() {
        return this.data;
    }
}

class Fragment extends Node {}

class Element extends Node {
    attributes = {};

    constructor(localName) {
        super();
        this.localName = localName;
    }

    setAttribute(name, value) {
        this.attributes[name] = String(value);
    }
}

globalThis.document = {
    createElement: name => new Element(name),
    createTextNode: data => new Text(data),
    createDocumentFragment: () => new Fragment(),
};

// Adjacent text nodes count as one.
export function html(node) {
    if (node instanceof Text) return node.data.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const content = node.childNodes.map(html).join('');
    const shown = ['href', 'src', 'start', 'class'];
    const attributes = Object.entries(node.attributes)
        .filter(([name]) => shown.includes(name))
        .map(([name, value]) => ` ${name}="${value}"`);
    return `<${node.localName}${attributes.join('')}>${content}</${node.localName}>`;
}
