import Columnar

/// Looks at all that is kept online of a view with aggregates: whether every key's state, its single events, its base and its
/// tiles can be read, and belong together.
///
/// Whether its values are those of its history, a comparison of the two at one time tells (`fstore verify`).
struct TileCheck {
    let view: OnlineView
    let tiles: TileRecord

    /// A problem is told to `report`; returns the keys.
    func run(
        _ snapshot: LMDBSnapshot, report: (String) -> Void
    ) throws -> Int {
        let keys = KeyEncoder(view.keyTypes)
        func name(_ bytes: UnsafeRawBufferPointer) -> String {
            keys.decode(bytes).map { $0.map(\.description).joined(separator: ", ") }
                ?? Value.bytes(Array(bytes)).description
        }
        var reading = TileReading(tiles.layout)
        var count = 0
        // Keys whose chunks are to come, in order.
        var chunked: [[UInt8]] = []
        if let tree = try snapshot.tree(OnlineStore.databaseName(of: view.name)) {
            try snapshot.forEach(in: tree) { key, value in
                if count & 0xfff == 0 { try Cancellation.check() }
                count += 1
                guard let values = keys.decode(key), keys.encode(values).map({ key.elementsEqual($0) }) ?? false else {
                    report("the key \(name(key)) is no key of the view's types")
                    return true
                }
                guard let state = KeyState(value), state.layoutNumber == tiles.number, reading.canRead(state) else {
                    report("what is kept of key \(name(key)) is damaged or of a newer version")
                    return true
                }
                if state.hasChunks { chunked.append(Array(key)) }
                return true
            }
            if count != tree.entries { report("it says to have \(tree.entries) keys, and has \(count)") }
        }
        guard let tree = try snapshot.tree(TileKey.databaseName(of: view.name)) else {
            if let key = chunked.first { report("the tiles of key \(key.withUnsafeBytes(name)) are missing") }
            return count
        }
        var owner = 0
        var hasChunks = false
        try snapshot.forEach(in: tree) { key, value in
            let own = UnsafeRawBufferPointer(rebasing: key.dropLast(TileKey.suffixLength))
            while owner < chunked.count, chunked[owner].lexicographicallyPrecedes(own) {
                if !hasChunks { report("the tiles of key \(chunked[owner].withUnsafeBytes(name)) are missing") }
                (owner, hasChunks) = (owner + 1, false)
            }
            guard owner < chunked.count, own.elementsEqual(chunked[owner]) else {
                report("there are tiles of key \(name(own)), of which nothing else is kept")
                return true
            }
            hasChunks = true
            if !reading.canReadChunk(level: Int(key[own.count]), value) {
                report("a tile of key \(name(own)) is damaged or of a newer version")
            }
            return true
        }
        return count
    }
}

/// Reads bytes as a read does, and forgets what they say.
private struct TileReading {
    private let layout: TileLayout
    private let scalars: [TileScalars]
    private let all: [Bool]
    private var states: [AggregateState]

    init(_ layout: TileLayout) {
        self.layout = layout
        scalars = layout.groups.map(TileScalars.init)
        all = layout.groups.map { _ in true }
        states = layout.groups.map { AggregateState($0.state) }
    }

    mutating func canRead(_ state: KeyState) -> Bool {
        guard let events = count(of: state.bytes, from: state.eventsStart), events == state.eventCount else {
            return false
        }
        return state.base.isEmpty || canReadTile(state.base)
    }

    mutating func canReadChunk(level: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard level < layout.spans.count else { return false }
        if level == 0, layout.hop == nil { return count(of: bytes, from: 0) ?? 0 > 0 }
        guard let chunk = TileChunk(bytes) else { return false }
        return (0..<chunk.count).allSatisfy { number in
            chunk.place(number) < TileLayout.fanOut && (chunk.tile(number).map { canReadTile($0) } ?? false)
        }
    }

    private mutating func canReadTile(_ bytes: UnsafeRawBufferPointer) -> Bool {
        reset()
        return states.withUnsafeMutableBufferPointer { states in
            (try? Tile.merge(bytes, into: states, wanted: all)) != nil
        }
    }

    /// The single events from an offset on; nil if there is something else, or they are out of order.
    private mutating func count(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        reset()
        var (offset, count, last) = (start, 0, Int64.min)
        while offset < bytes.count {
            guard let event = TileEvent(bytes, at: offset), event.time >= last else { return nil }
            let isRead = states.withUnsafeMutableBufferPointer { states in
                (try? event.add(to: states, scalars, wanted: all)) != nil
            }
            guard isRead else { return nil }
            (offset, count, last) = (offset + event.bytes.count, count + 1, event.time)
        }
        return count
    }

    private mutating func reset() { for group in states.indices { states[group].reset() } }
}
