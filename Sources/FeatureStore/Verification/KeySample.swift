/// The keys of the smallest hashes of all that are offered, each once: the same ones whatever their order and whoever offers
/// them.
///
/// Complexity: amortised O(log limit) for a key that is kept at first, else a hash and a comparison.
struct KeySample {
    private let limit: Int
    private let seed: UInt64
    private var kept: [(hash: UInt64, key: [UInt8])] = []
    /// Keys of greater hashes are not among the smallest.
    private var bound = UInt64.max

    init(limit: Int, seed: UInt64) {
        precondition(limit > 0)
        self.limit = limit
        self.seed = seed
    }

    mutating func offer(_ key: UnsafeRawBufferPointer) {
        let hash = EncodedKeys.hash(of: key, seed: seed)
        guard hash <= bound else { return }
        kept.append((hash, Array(key)))
        if kept.count >= 2 * limit + 1024 { shorten() }
    }

    private mutating func shorten() {
        kept.sort { $0.hash != $1.hash ? $0.hash < $1.hash : $0.key.lexicographicallyPrecedes($1.key) }
        var distinct = 0
        for entry in kept where distinct == 0 || kept[distinct - 1].key != entry.key {
            if distinct == limit { break }
            kept[distinct] = entry
            distinct += 1
        }
        kept.removeLast(kept.count - distinct)
        if distinct == limit, let last = kept.last { bound = last.hash }
    }

    /// In the order of their hashes.
    var keys: [[UInt8]] {
        var whole = self
        whole.shorten()
        return whole.kept.map(\.key)
    }
}
