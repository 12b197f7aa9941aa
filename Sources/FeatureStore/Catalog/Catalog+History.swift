import Columnar

/// Where the rows of a view's history are, all of them once, as of one moment.
struct HistoryListing: Hashable, Sendable {
    struct Segment: Hashable, Sendable {
        var record: SegmentRecord
        /// Rows of it that a later push brought are left out; nil if all count.
        var bound: HistoryMark.Bound?
    }

    /// In order of arrival.
    var segments: [Segment] = []
    /// In order of arrival, each with its packed rows.
    var batches: [HotBatch] = []
    var payloads: [Buffer] = []

    static func == (a: HistoryListing, b: HistoryListing) -> Bool {
        a.segments == b.segments && a.batches == b.batches
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(segments)
        hasher.combine(batches)
    }
}

extension Catalog {
    /// The state of all views at this moment.
    func mark() throws -> HistoryMark {
        try database.reading {
            let sequences = try database.rows("SELECT view, last FROM sequences", []) { ($0.text(0), $0.integer(1)) }
            return HistoryMark(
                snapshot: try currentSnapshot(),
                sequences: Dictionary(sequences, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// The state when a snapshot was made, with what had been pushed by then.
    func mark(ofSnapshot snapshot: Int64) throws -> HistoryMark {
        let times = try database.rows("SELECT committed_at FROM snapshots WHERE id = ?", [.integer(snapshot)]) {
            Timestamp(microseconds: $0.integer(0))
        }
        return HistoryMark(snapshot: snapshot, sequences: [:], pushedBy: times.first)
    }

    /// Whether rows had been pushed by `time`, to any view, that the store still knows to be pushed.
    func heldPushes(at time: Timestamp) throws -> Bool {
        let found = try database.rows(
            """
            SELECT EXISTS (SELECT 1 FROM hot_log WHERE pushed_at <= ?)
            OR EXISTS (SELECT 1 FROM segments WHERE pushed_since = 0)
            """, [.integer(time.microseconds)]
        ) { $0.integer(0) }
        return found.first == 1
    }

    /// The history of `view` at this moment, or at `mark`.
    ///
    /// - Throws: `CatalogError.snapshotLost` if not all of it is there any more.
    func listing(of view: String, at mark: HistoryMark? = nil) throws -> HistoryListing {
        try database.reading {
            var listing = HistoryListing()
            guard let mark else {
                listing.segments = try segments(of: view).map { HistoryListing.Segment(record: $0) }
                try addBatches(of: view, to: &listing) { _ in true }
                return listing
            }
            let bound = mark.bound(of: view)
            // Rows that have left the hot log since: segments made of it later, but for rows pushed after the mark.
            let later = try database.rows(
                """
                SELECT \(Self.segmentColumns) FROM segments
                WHERE view = ? AND added_in > ? AND pushed_since IS NOT NULL ORDER BY first_sequence
                """, [.text(view), .integer(mark.snapshot)], Self.segment)
            listing.segments = try segments(of: view, snapshot: mark.snapshot).map { .init(record: $0) }
            for record in later {
                if case .sequence(let last) = bound {
                    if record.sequences.lowerBound > last { continue }
                    if record.sequences.upperBound <= last {
                        listing.segments.append(.init(record: record))
                        continue
                    }
                }
                listing.segments.append(.init(record: record, bound: bound))
            }
            listing.segments.sort { $0.record.sequences.lowerBound < $1.record.sequences.lowerBound }
            try addBatches(of: view, to: &listing) {
                bound.includes(sequence: $0.sequence, pushedAt: $0.pushedAt.microseconds)
            }
            return listing
        }
    }

    private func addBatches(
        of view: String, to listing: inout HistoryListing, where isIncluded: (HotBatch) -> Bool
    ) throws {
        for batch in try hotBatches(of: view) where isIncluded(batch) {
            listing.batches.append(batch)
            listing.payloads.append(try payload(of: batch, view: view))
        }
    }
}
