import Columnar

/// Events of some keys on their way online: as they are kept there, key by key, and of each key in the order of time.
struct TileBatch: Sendable {
    /// Each once, ascending.
    var keys: EncodedKeys
    /// Of each key the first of its events, and their number at the end.
    var firstEvents: [Int]
    /// Of each event where it begins in `bytes`, and their end.
    var offsets: [Int]
    var bytes: Buffer

    var eventCount: Int { offsets.count - 1 }

    /// The events of a key, which are good while the batch lives.
    func events(of key: Int, into events: inout [TileEvent]) {
        events.removeAll(keepingCapacity: true)
        for number in firstEvents[key]..<firstEvents[key + 1] {
            guard let event = TileEvent(bytes.bytes, at: offsets[number]) else {
                preconditionFailure("an event was written otherwise than it is read")
            }
            events.append(event)
        }
    }
}
