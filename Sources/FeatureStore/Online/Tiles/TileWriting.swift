import Columnar
import Foundation

/// Batches of events of one view on their way into a transaction.
///
/// A key's events are kept as they are until there are some tens of them; then all that have happened are moved to tiles at
/// once, so that most events cost the writing of one value.
struct TileWriting {
    /// From so many single events of a key on, or so many bytes of them, those that have happened are moved to tiles.
    private static let maximumEvents = 64
    private static let maximumBytes = 8192
    /// Moved are events that happened so long before the time of writing, so that what is asked a little before that time can
    /// be told, too; from `crowdedEvents` on all that have happened.
    private static let patience: Int64 = 60_000_000
    private static let crowdedEvents = 512
    /// Far above any sensible key, far below what lengths can say.
    private static let maximumStateLength = 1 << 28

    private let owner: OnlineTransaction
    private let transaction: LMDBWriteTransaction
    private let rows: LMDBDatabase
    private let tiles: LMDBDatabase
    private let view: OnlineView
    private var record: ViewRecord
    private let layoutNumber: UInt16
    private let fold: TileFold
    private let now: Int64
    private let boundary: Int64
    /// Whether the databases take ascending keys at their ends, without a search; the first key out of order ends that.
    private var isAppending: Bool
    private var last: [UInt8] = []
    private(set) var summary = WriteSummary()
    /// What events are written by.
    var layout: TileLayout { fold.layout }
    private var puts = (rows: 0, tiles: 0)
    private var bytes = (rows: 0, tiles: 0)

    /// - Parameter now: what the time is: later events have not happened.
    init(
        _ owner: OnlineTransaction, _ transaction: LMDBWriteTransaction, rows: LMDBDatabase, tiles: LMDBDatabase,
        _ view: OnlineView, _ record: ViewRecord, _ tileRecord: TileRecord, now: Timestamp
    ) throws {
        self.owner = owner
        self.transaction = transaction
        self.rows = rows
        self.tiles = tiles
        self.view = view
        self.record = record
        layoutNumber = tileRecord.number
        fold = TileFold(tileRecord.layout)
        self.now = now.microseconds
        boundary = Self.boundary(of: tileRecord.layout, at: now)
        isAppending =
            try transaction.statistics(of: rows).entries == 0 && transaction.statistics(of: tiles).entries == 0
    }

    /// What is of before this time is in no window with a start, of a little before `now` and later.
    static func boundary(of layout: TileLayout, at now: Timestamp) -> Int64 {
        layout.boundary(at: now.microseconds.clampedSubtracting(patience))
    }

    /// Keeps the view's new state; nothing may be put afterwards.
    mutating func end(_ state: ViewState) throws {
        var state = state
        state.windowsBoundary = max(state.windowsBoundary ?? .distantPast, Timestamp(microseconds: boundary))
        record.state = state
        try owner.end(view, record, puts: puts.rows, bytes: bytes.rows)
        try owner.count(puts: puts.tiles, bytes: bytes.tiles, in: tiles)
    }

    /// Adds events to what is kept of their keys.
    ///
    /// - Throws: `OnlineError`, `LMDBError`.
    mutating func put(_ batch: TileBatch) throws {
        let cursor = try transaction.cursor(rows)
        var events: [TileEvent] = []
        var stored = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
        defer { stored.deallocate() }
        for number in 0..<batch.keys.count {
            if number & 0xff == 0 { try Cancellation.check() }
            let key = batch.keys.bytes(at: number)
            if key.isEmpty || batch.keys.isNull(number) {
                summary.withoutKey += batch.firstEvents[number + 1] - batch.firstEvents[number]
                continue
            }
            guard key.count <= TileKey.maximumKeyLength else { throw keyTooLong(key.count) }
            if isAppending { isAppending = isBehindLast(key) }
            batch.events(of: number, into: &events)
            var header = KeyHeader(layoutNumber: layoutNumber)
            var isStored = false
            if !isAppending, let value = try cursor.value(for: key) {
                isStored = true
                if stored.count < value.count {
                    stored.deallocate()
                    stored = .allocate(byteCount: value.count * 2, alignment: 8)
                }
                stored.copyMemory(from: value)
                let copy = UnsafeRawBufferPointer(rebasing: stored[..<value.count])
                guard let state = KeyState(copy), state.layoutNumber == layoutNumber,
                    let merged = Self.merge(state, with: events)
                else { throw damaged(key) }
                (header, events) = (KeyHeader(state), merged)
            }
            summary.written += batch.firstEvents[number + 1] - batch.firstEvents[number]
            do {
                var chunks = StoredChunks(transaction, tiles, key: Array(key), isNew: isAppending && !isStored)
                try settle(&events, &header, &chunks)
                puts.tiles += chunks.puts
                bytes.tiles += chunks.bytes
            } catch is TileReader.Damage {
                throw damaged(key)
            } catch is SketchError {
                throw damaged(key)
            }
            try write(events, header, key, cursor, isStored: isStored)
        }
    }

    /// Moves the boundary, and events to where they belong.
    private func settle(
        _ events: inout [TileEvent], _ header: inout KeyHeader, _ chunks: inout StoredChunks
    ) throws {
        if header.boundary < boundary {
            try fold.expire(before: boundary, &header, &chunks)
            header.boundary = boundary
        }
        if let first = events.first, first.time < header.boundary { try settleOld(&events, &header) }
        guard events.count > Self.maximumEvents || events.reduce(0, { $0 + $1.bytes.count }) > Self.maximumBytes else {
            return
        }
        var limit = now - Self.patience
        var moved = partition(events, from: header.boundary, before: limit)
        if moved.rest.count > Self.crowdedEvents {
            limit = now
            moved = partition(events, from: header.boundary, before: limit)
        }
        // So that what costs a few values is done for many events.
        guard moved.folded.count >= min(Self.maximumEvents / 2, (events.count + 1) / 2) else { return }
        try fold.add(moved.folded[...], to: &chunks)
        note(moved.folded, &header)
        header.hasChunks = true
        events = moved.rest
    }

    /// Takes events of before the boundary away: into the base, for lifetimes. Those that do not count yet wait for it.
    private func settleOld(_ events: inout [TileEvent], _ header: inout KeyHeader) throws {
        let old = events.prefix { $0.time < header.boundary }
        let isLifetime = fold.layout.hasLifetime
        let counted = old.filter { $0.available(fold.layout.availability) <= now - Self.patience }
        let waiting = isLifetime ? old.filter { $0.available(fold.layout.availability) > now - Self.patience } : []
        if isLifetime, !counted.isEmpty {
            try fold.add(counted[...], toBase: &header.base)
            note(counted, &header)
        }
        events = waiting + events[old.endIndex...]
    }

    private func partition(
        _ events: [TileEvent], from boundary: Int64, before limit: Int64
    ) -> (folded: [TileEvent], rest: [TileEvent]) {
        var folded: [TileEvent] = []
        var rest: [TileEvent] = []
        for event in events {
            if event.time >= boundary, event.time < limit, event.available(fold.layout.availability) <= limit {
                folded.append(event)
            } else {
                rest.append(event)
            }
        }
        return (folded, rest)
    }

    /// Notes from when on a key can be told without these events apart.
    private func note(_ events: [TileEvent], _ header: inout KeyHeader) {
        for event in events {
            header.horizon = max(header.horizon, event.time + 1, event.available(fold.layout.availability))
            header.lastTime = max(header.lastTime, event.time)
        }
    }

    private mutating func write(
        _ events: [TileEvent], _ header: KeyHeader, _ key: UnsafeRawBufferPointer, _ cursor: borrowing LMDBCursor,
        isStored: Bool
    ) throws {
        guard !events.isEmpty || header.hasChunks || !header.base.isEmpty else {
            if isStored { _ = try transaction.remove(key, from: rows) }
            return
        }
        let head = header.encoded(eventCount: events.count)
        let length = events.reduce(head.count) { $0 + $1.bytes.count }
        guard length <= Self.maximumStateLength else { throw tooLong(length, key) }
        let target = try cursor.reserve(length, for: key, appending: isAppending)
        guard let base = target.baseAddress else { return }
        head.withUnsafeBytes { target.copyMemory(from: $0) }
        var offset = head.count
        for event in events {
            memcpy(base + offset, event.bytes.baseAddress!, event.bytes.count)
            offset += event.bytes.count
        }
        puts.rows += 1
        bytes.rows += length
        if isAppending { last = Array(key) }
    }

    /// The stored events and new ones, by time; nil if the stored bytes are damaged.
    private static func merge(_ state: KeyState, with new: [TileEvent]) -> [TileEvent]? {
        var merged: [TileEvent] = []
        merged.reserveCapacity(state.eventCount + new.count)
        var offset = state.eventsStart
        var next = 0
        while offset < state.bytes.count {
            guard let event = TileEvent(state.bytes, at: offset) else { return nil }
            while next < new.count, new[next].time < event.time {
                merged.append(new[next])
                next += 1
            }
            merged.append(event)
            offset += event.bytes.count
        }
        guard merged.count - next == state.eventCount else { return nil }
        return merged + new[next...]
    }

    private func isBehindLast(_ key: UnsafeRawBufferPointer) -> Bool {
        last.withUnsafeBytes { last in
            guard let before = last.baseAddress, let behind = key.baseAddress else { return true }
            let order = memcmp(before, behind, min(last.count, key.count))
            return order == 0 ? last.count < key.count : order < 0
        }
    }

    private func keyTooLong(_ length: Int) -> OnlineError {
        OnlineError(
            "its key takes \(length) bytes, more than \(TileKey.maximumKeyLength); use a shorter join key, such as a hash",
            view: view.name)
    }

    private func name(_ key: UnsafeRawBufferPointer) -> String {
        KeyEncoder(view.keyTypes).decode(key).map { $0.map(\.description).joined(separator: ", ") }
            ?? Value.bytes(Array(key)).description
    }

    private func damaged(_ key: UnsafeRawBufferPointer) -> OnlineError {
        OnlineError(
            "what is stored of key \(name(key)) is damaged or of a newer version; materialize the view again with --full",
            view: view.name)
    }

    private func tooLong(_ length: Int, _ key: UnsafeRawBufferPointer) -> OnlineError {
        OnlineError(
            "the events of key \(name(key)) that have not happened yet take \(length) bytes, more than "
                + "\(Self.maximumStateLength); look at their times", view: view.name)
    }
}

/// A key's chunks in a transaction.
private struct StoredChunks: TileFold.Chunks {
    private let transaction: LMDBWriteTransaction
    private let database: LMDBDatabase
    private let keyLength: Int
    private var key: [UInt8]
    /// Whether nothing is stored under this key or behind it: chunks come in the order of their keys then.
    private let isNew: Bool
    private(set) var puts = 0
    private(set) var bytes = 0

    init(_ transaction: LMDBWriteTransaction, _ database: LMDBDatabase, key: [UInt8], isNew: Bool) {
        self.transaction = transaction
        self.database = database
        keyLength = key.count
        self.key = key + [UInt8](repeating: 0, count: TileKey.suffixLength)
        self.isNew = isNew
    }

    private mutating func withKey<Result>(
        _ level: Int, _ start: Int64, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try key.withUnsafeMutableBytes { key in
            if let base = key.baseAddress { TileKey.write(level: level, start: start, to: base + keyLength) }
            return try body(UnsafeRawBufferPointer(key))
        }
    }

    mutating func chunk(_ level: Int, _ start: Int64) throws -> UnsafeRawBufferPointer? {
        if isNew { return nil }
        return try withKey(level, start) { [transaction, database] in try transaction.value(for: $0, in: database) }
    }

    mutating func put(_ bytes: [UInt8], _ level: Int, _ start: Int64) throws {
        puts += 1
        self.bytes += bytes.count
        try withKey(level, start) { [transaction, database, isNew] key in
            try bytes.withUnsafeBytes { try transaction.put($0, for: key, in: database, appending: isNew) }
        }
    }

    mutating func remove(_ level: Int, _ start: Int64) throws {
        puts += 1
        _ = try withKey(level, start) { [transaction, database] in try transaction.remove($0, from: database) }
    }

    mutating func starts(of level: Int, before end: Int64) throws -> [Int64] {
        if isNew { return [] }
        let prefix = Array(key[..<keyLength]) + [UInt8(level)]
        let cursor = try transaction.cursor(database)
        var starts: [Int64] = []
        try cursor.forEachKey(from: prefix) { key in
            guard key.count == prefix.count + 8, key.starts(with: prefix) else { return false }
            let word = UInt64(bigEndian: key.loadUnaligned(fromByteOffset: prefix.count, as: UInt64.self))
            let start = Int64(bitPattern: word) ^ .min
            guard start < end else { return false }
            starts.append(start)
            return true
        }
        return starts
    }
}
