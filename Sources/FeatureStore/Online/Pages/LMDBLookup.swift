import CPrefetch

/// A key that is on its way down a tree to its value.
struct LMDBLookup {
    let key: LMDBKey
    fileprivate var page: LMDBPage
    /// Levels of the tree from `page` to its leaf, both counted; 0 when the search is over.
    fileprivate var level: Int
    fileprivate var guess = 0
    private(set) var value: UnsafeRawBufferPointer?

    /// Begins at the root of `tree`.
    @inline(__always)
    init(_ key: UnsafeRawBufferPointer, in tree: LMDBTree, _ pages: LMDBPages) throws(LMDBDamage) {
        self.key = LMDBKey(key)
        level = tree.depth
        page = try pages.page(tree.depth == 0 ? 0 : tree.root)
    }

    /// Goes to the child, or ends with the value.
    @inline(__always)
    fileprivate mutating func descend(_ pages: LMDBPages) throws(LMDBDamage) {
        let lowest = level == 1 ? 0 : 1
        var position = try page.lastNode(notAfter: key, lowest: lowest, guess: guess)
        level -= 1
        if level > 0 {
            position = max(position, 0)
            page = try pages.page(try page.node(position).child)
        } else if position >= 0 {
            let node = try page.node(position)
            if node.order(to: key) == 0 { value = try pages.value(of: node) }
        }
    }
}

extension LMDBPages {
    /// Finds the values of a few keys at once, in place.
    ///
    /// What a single search waits for is memory: a page, its outer nodes, the node in question. So all keys take each
    /// step together, and ask for the memory of their next step before the first of them takes it. Within a page the place
    /// is first guessed from the keys at its ends, which for evenly spread keys is right or nearly so (interpolation
    /// search), and then sought in growing steps from there, so that uneven ones cost no more than a binary search twice.
    func find(_ lookups: UnsafeMutableBufferPointer<LMDBLookup>) throws(LMDBDamage) {
        var isSearching = true
        while isSearching {
            isSearching = false
            for i in lookups.indices where lookups[i].level > 0 { try lookups[i].page.prefetchEnds(lookups[i].level) }
            for i in lookups.indices where lookups[i].level > 0 {
                let lowest = lookups[i].level == 1 ? 0 : 1
                lookups[i].guess = try lookups[i].page.guess(lookups[i].key, lowest: lowest)
                prefetch(lookups[i].page.address(of: lookups[i].guess))
            }
            for i in lookups.indices where lookups[i].level > 0 {
                try lookups[i].descend(self)
                if lookups[i].level > 0 {
                    isSearching = true
                    prefetch(lookups[i].page.base)
                }
            }
        }
    }
}

/// Asks for the two lines of memory from `address` on.
@inline(__always)
private func prefetch(_ address: UnsafeRawPointer) {
    prefetch_line(address)
    prefetch_line(address + 64)
}

extension LMDBPage {
    /// Checks that the page is one of this level, and asks for its first and last node.
    @inline(__always)
    fileprivate func prefetchEnds(_ level: Int) throws(LMDBDamage) {
        let nodes = nodeCount
        let isLeaf = level == 1
        // A branch of one node has no key.
        guard flags == (isLeaf ? Flags.leaf : Flags.branch), nodes >= 1, nodes <= nodeCapacity else {
            throw LMDBDamage()
        }
        prefetch_line(address(of: isLeaf || nodes == 1 ? 0 : 1))
        prefetch_line(address(of: nodes - 1))
    }

    /// About where `key` is among the nodes from `lowest` on.
    @inline(__always)
    fileprivate func guess(_ key: LMDBKey, lowest: Int) throws(LMDBDamage) -> Int {
        let last = min(nodeCount, nodeCapacity) - 1
        guard lowest < last else { return max(last, 0) }
        let (low, high) = (try node(lowest), try node(last))
        var (from, wanted, to) = (
            LMDBKey.word(low.keyStart, low.keyLength), key.head, LMDBKey.word(high.keyStart, high.keyLength)
        )
        if from == to { (from, wanted, to) = Self.firstDifference(low, key, high) }
        if wanted <= from { return lowest }
        if wanted >= to { return last }
        let share = Double(wanted &- from) / Double(to &- from)
        return lowest + Int(share * Double(last - lowest) + 0.5)
    }

    /// The words where the keys of two nodes begin to differ, and that of a key between them.
    @inline(never)
    private static func firstDifference(
        _ low: LMDBNode, _ key: LMDBKey, _ high: LMDBNode
    ) -> (UInt64, UInt64, UInt64) {
        var offset = 0
        let shared = min(low.keyLength, high.keyLength, key.count)
        while true {
            let words = (
                LMDBKey.word(low.keyStart + offset, low.keyLength - offset),
                LMDBKey.word(key.base + offset, key.count - offset),
                LMDBKey.word(high.keyStart + offset, high.keyLength - offset)
            )
            // A key that leaves what they share lies before or behind both.
            if words.0 != words.2 || words.1 != words.0 || offset + 8 > shared { return words }
            offset += 8
        }
    }

    /// The last node from `lowest` on whose key is not after `key`; `lowest - 1` if there is none.
    @inline(__always)
    fileprivate func lastNode(notAfter key: LMDBKey, lowest: Int, guess: Int) throws(LMDBDamage) -> Int {
        let end = min(nodeCount, nodeCapacity)
        guard lowest < end else { return lowest - 1 }
        let order = try node(guess).order(to: key)
        if order == 0 { return guess }
        var (low, high, step) = (guess, guess, 1)
        // All nodes up to `low` are before the key and all from `high` on behind it, once they are apart.
        if order < 0 {
            high += 1
            while high < end {
                let order = try node(high).order(to: key)
                if order == 0 { return high }
                if order > 0 { break }
                (low, high) = (high, min(end, high + step))
                step &<<= 1
            }
        } else {
            low -= 1
            while low >= lowest {
                let order = try node(low).order(to: key)
                if order == 0 { return low }
                if order < 0 { break }
                (low, high) = (max(lowest - 1, low - step), low)
                step &<<= 1
            }
        }
        while high - low > 1 {
            let middle = (low + high) >> 1
            let order = try node(middle).order(to: key)
            if order == 0 { return middle }
            if order < 0 { low = middle } else { high = middle }
        }
        return low
    }
}
