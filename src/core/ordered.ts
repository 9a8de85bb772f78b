/**
 * A set kept in order, for choices among very many: adding, taking out, counting what comes before a bound, and
 * finding the first few items that weigh enough each cost a logarithm of the number of items.
 *
 * A treap: a search tree by the items' keys, and a heap by a priority mixed from their numbers, which keeps it shallow
 * without any randomness. Every node knows how many items its subtree holds and the most that any of them weighs.
 */

/** What an item must carry. */
export interface Numbered {
  /** Unique in the set, an integer; decides between equal keys. */
  readonly id: number;
}

/** How items are ordered and weighed. Read when an item is added, and again when it is taken out. */
export interface Order<T> {
  /** Smaller comes first. */
  key(item: T): number;
  /** Decides between equal keys. */
  second(item: T): number;
  /** What `first` compares. */
  weigh(item: T): number;
}

interface Node<T> {
  readonly item: T;
  readonly id: number;
  readonly key: number;
  readonly second: number;
  readonly weight: number;
  readonly priority: number;
  left: Node<T> | null;
  right: Node<T> | null;
  size: number;
  heaviest: number;
}

/** Spreads small neighbouring numbers over 31 bits (the finaliser of MurmurHash3). */
function mix(id: number): number {
  let z = (id ^ (id / 4294967296)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 1;
}

/** Items in an order. An item must not change while it is in. */
export class OrderedSet<T extends Numbered> {
  readonly #order: Order<T>;
  #root: Node<T> | null = null;

  constructor(order: Order<T>) {
    this.#order = order;
  }

  get size(): number {
    return this.#root === null ? 0 : this.#root.size;
  }

  /** Adds an item that is not in yet. */
  add(item: T): void {
    this.#root = insert(this.#root, this.#node(item));
  }

  /** Takes the item out; nothing happens where it is not in. */
  delete(item: T): void {
    this.#root = remove(this.#root, this.#node(item));
  }

  /** The first items, at most `limit`, that weigh at least `weight`. */
  first(weight: number, limit: number): T[] {
    const found: T[] = [];
    gather(this.#root, weight, limit, found);
    return found;
  }

  /** How many items have a key below this one. */
  countBelow(key: number): number {
    let counted = 0;
    let node = this.#root;
    while (node !== null) {
      if (node.key < key) {
        counted += 1 + (node.left === null ? 0 : node.left.size);
        node = node.right;
      } else node = node.left;
    }
    return counted;
  }

  #node(item: T): Node<T> {
    const { id } = item;
    const weight = this.#order.weigh(item);
    return {
      item,
      id,
      key: this.#order.key(item),
      second: this.#order.second(item),
      weight,
      priority: mix(id),
      left: null,
      right: null,
      size: 1,
      heaviest: weight,
    };
  }
}

function isBefore<T>(a: Node<T>, b: Node<T>): boolean {
  if (a.key !== b.key) return a.key < b.key;
  return a.second === b.second ? a.id < b.id : a.second < b.second;
}

function gather<T>(node: Node<T> | null, weight: number, limit: number, found: T[]): void {
  if (node === null || node.heaviest < weight || found.length >= limit) return;
  gather(node.left, weight, limit, found);
  if (node.weight >= weight && found.length < limit) found.push(node.item);
  gather(node.right, weight, limit, found);
}

function insert<T>(root: Node<T> | null, node: Node<T>): Node<T> {
  if (root === null) return node;
  if (node.priority > root.priority) {
    [node.left, node.right] = split(root, node);
    return renewed(node);
  }
  if (isBefore(node, root)) root.left = insert(root.left, node);
  else root.right = insert(root.right, node);
  return renewed(root);
}

/** What lies before a node that is not in, and what behind it. */
function split<T>(root: Node<T> | null, node: Node<T>): [Node<T> | null, Node<T> | null] {
  if (root === null) return [null, null];
  if (isBefore(root, node)) {
    const [before, behind] = split(root.right, node);
    root.right = before;
    return [renewed(root), behind];
  }
  const [before, behind] = split(root.left, node);
  root.left = behind;
  return [before, renewed(root)];
}

function remove<T>(root: Node<T> | null, node: Node<T>): Node<T> | null {
  if (root === null) return null;
  if (root.id === node.id) return joined(root.left, root.right);
  if (isBefore(node, root)) root.left = remove(root.left, node);
  else root.right = remove(root.right, node);
  return renewed(root);
}

function joined<T>(left: Node<T> | null, right: Node<T> | null): Node<T> | null {
  if (left === null) return right;
  if (right === null) return left;
  if (left.priority > right.priority) {
    left.right = joined(left.right, right);
    return renewed(left);
  }
  right.left = joined(left, right.left);
  return renewed(right);
}

/** Brings what a node knows of its subtree up to date. */
function renewed<T>(node: Node<T>): Node<T> {
  const { left, right } = node;
  let size = 1;
  let heaviest = node.weight;
  if (left !== null) {
    size += left.size;
    if (left.heaviest > heaviest) heaviest = left.heaviest;
  }
  if (right !== null) {
    size += right.size;
    if (right.heaviest > heaviest) heaviest = right.heaviest;
  }
  node.size = size;
  node.heaviest = heaviest;
  return node;
}
