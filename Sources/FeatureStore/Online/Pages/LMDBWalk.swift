/// A way through a tree in the order of its keys.
struct LMDBWalk {
    private let pages: LMDBPages
    /// From the root to a leaf; of each page the node that comes next.
    private var path: [(page: LMDBPage, next: Int, count: Int)] = []
    private let depth: Int

    /// Begins at the first key that is not before `key`.
    init(
        _ tree: LMDBTree, from key: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        _ pages: LMDBPages
    ) throws(LMDBDamage) {
        self.pages = pages
        depth = tree.depth
        guard depth > 0 else { return }
        let key = LMDBKey(key)
        var number = tree.root
        while true {
            try enter(number)
            let place = path.count - 1
            let isLeaf = path.count == depth
            let position = try firstNode(notBefore: key, in: path[place].page, path[place].count, isLeaf: isLeaf)
            path[place].next = position
            if isLeaf { return }
            number = try path[place].page.node(position).child
            path[place].next += 1
        }
    }

    /// Begins at the last key.
    init(lastOf tree: LMDBTree, _ pages: LMDBPages) throws(LMDBDamage) {
        self.pages = pages
        depth = tree.depth
        var number = tree.root
        while path.count < depth {
            try enter(number)
            let place = path.count - 1
            let last = path[place].count - 1
            path[place].next = path.count == depth ? last : last + 1
            if path.count < depth { number = try path[place].page.node(last).child }
        }
    }

    /// The next key and value; nil at the end.
    mutating func next() throws(LMDBDamage) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
        while let place = path.indices.last {
            guard path[place].next < path[place].count else {
                path.removeLast()
                continue
            }
            let node = try path[place].page.node(path[place].next)
            path[place].next += 1
            if path.count == depth { return (node.key, try pages.value(of: node)) }
            try enter(node.child)
        }
        return nil
    }

    private mutating func enter(_ number: UInt64) throws(LMDBDamage) {
        let page = try pages.page(number)
        let count = page.nodeCount
        let isLeaf = path.count + 1 == depth
        guard page.flags == (isLeaf ? LMDBPage.Flags.leaf : LMDBPage.Flags.branch), count >= 1,
            count <= page.nodeCapacity
        else { throw LMDBDamage() }
        path.append((page, 0, count))
    }

    /// In a leaf the first node whose key is not before `key`, which may be behind the last; in a branch the child that
    /// holds it.
    private func firstNode(
        notBefore key: LMDBKey, in page: LMDBPage, _ count: Int, isLeaf: Bool
    ) throws(LMDBDamage) -> Int {
        var (low, high) = (isLeaf ? 0 : 1, count)
        while low < high {
            let middle = (low + high) >> 1
            let order = try page.node(middle).order(to: key)
            if order < 0 || (order == 0 && !isLeaf) { low = middle + 1 } else { high = middle }
        }
        return isLeaf ? low : low - 1
    }
}
