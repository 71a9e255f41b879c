// Creates an element. Text is never parsed as HTML.
export function create(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === false || value === null || value === undefined) continue;
        if (name === 'onclick') element.addEventListener('click', value);
        else element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children);
    return element;
}

// Returns an address that a link may have, or null. A link to another scheme could run a script.
export function parseLink(text) {
    try {
        const url = new URL(text);
        return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
    } catch {
        return null;
    }
}

export function createLink(href, ...children) {
    return create('a', { href, title: href, target: '_blank', rel: 'noopener noreferrer' }, ...children);
}

// Only images that are in the answer itself: loading one from elsewhere would tell its server what the model wrote into the address.
export function isInlineImage(url) {
    return /^data:image\//i.test(url);
}
