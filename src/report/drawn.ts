import { type ComponentChildren, h } from 'preact'
import { roundCoordinates } from './plot.js'

const ELEMENT = 1

/**
 * A drawn plot as a part of the page, so that one renderer escapes everything. Plot's own style is left out: the page
 * has its own.
 */
export function Drawn({ svg }: { svg: Element }): ComponentChildren {
  const attributes = Object.fromEntries(
    Array.from(svg.attributes, ({ name, value }) => [name, roundCoordinates(value)]),
  )
  const children = Array.from(svg.childNodes, (child) => {
    if (!isElement(child)) return child.textContent
    return child.localName === 'style' ? null : h(Drawn, { svg: child })
  })
  return h(svg.localName, attributes, ...children)
}

function isElement(node: ChildNode): node is Element {
  return node.nodeType === ELEMENT
}
