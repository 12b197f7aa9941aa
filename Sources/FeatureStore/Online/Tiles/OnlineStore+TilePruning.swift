import Columnar
import Foundation

extension OnlineStore {
    /// Keys that one transaction looks at, so that other writers wait for a moment only.
    private static let keysPrunedAtOnce = 5_000

    /// Removes events and tiles of a view that no window reaches any more, and keys of which nothing else is kept.
    ///
    /// It commits bit by bit: if it is cut off, the rest is removed the next time. Writing to a key does the same for it.
    ///
    /// - Parameter progress: called with the keys looked at so far, and all.
    /// - Returns: the keys of which nothing is kept any more.
    func pruneTiles(
        of view: OnlineView, _ layout: TileLayout, at now: Timestamp,
        progress: (_ rows: Int, _ all: Int) -> Void = { _, _ in }
    ) throws -> Int {
        let before = try rowCount(of: view.name)
        let boundary = TileWriting.boundary(of: layout, at: now)
        var next: [UInt8]? = []
        var looked = 0
        while let start = next {
            try Cancellation.check()
            var keys: [[UInt8]] = []
            try withSnapshot { snapshot in
                (keys, next) = ([], nil)
                guard let tree = try snapshot.tree(Self.databaseName(of: view.name)) else { return }
                var seen = 0
                try snapshot.forEach(in: tree, from: start) { key, value in
                    guard keys.count < Self.keysPrunedAtOnce, seen < 100 * Self.keysPrunedAtOnce else {
                        next = Array(key)
                        return false
                    }
                    seen += 1
                    if let state = KeyState(value), state.boundary < boundary { keys.append(Array(key)) }
                    return true
                }
                looked += seen
                progress(min(looked, tree.entries), tree.entries)
            }
            guard !keys.isEmpty else { continue }
            try transaction(on: [view.name], tilesOf: [view.name]) { transaction in
                guard let state = try transaction.state(of: view.name) else { return }
                var writing = try transaction.beginTiles(view, layout, mode: .merging, now: now)
                try writing.put(TileBatch(ofNothing: keys))
                try writing.end(state)
            }
        }
        return before - (try rowCount(of: view.name))
    }
}

extension TileBatch {
    /// No events of some keys, so that what is kept of them is put in order.
    fileprivate init(ofNothing keys: [[UInt8]]) {
        let bytes = MutableBuffer()
        let ends = MutableBuffer(capacity: (keys.count + 1) * 8)
        ends.append(Int64(0))
        for key in keys {
            key.withUnsafeBytes { bytes.append(contentsOf: $0) }
            ends.append(Int64(bytes.count))
        }
        let empty = MutableBuffer().freeze()
        self.init(
            keys: EncodedKeys(
                count: keys.count, offsets: ends.freeze(), bytes: bytes.freeze(), prefixes: empty, prefixIsWhole: false,
                validity: nil),
            firstEvents: [Int](repeating: 0, count: keys.count + 1), offsets: [0], bytes: empty)
    }
}
