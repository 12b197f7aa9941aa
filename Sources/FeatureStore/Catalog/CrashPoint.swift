import Synchronization

/// Steps between what must be on disk and what is next, at which tests let the process die; nothing in a release.
enum CrashPoint: String, CaseIterable, Sendable {
    /// The rows are in an open transaction of the catalog, and nowhere else.
    case pushAppended
    /// They are in open transactions of both stores.
    case pushWritten
    /// They are durable in the hot log, and not online.
    case pushLogged
    /// They are durable and online, and the caller does not know it yet.
    case pushOnline
    /// The hot log's rows are in a segment's file that no snapshot lists.
    case segmentWritten
    /// The segment is listed, and the rows have left the hot log.
    case segmentListed
    /// Segments are merged into a file that no snapshot lists.
    case mergeWritten
    /// It is listed in their place.
    case mergeListed
    /// A deletion is noted, and nothing removed yet.
    case deletionNoted
    /// Segments without the deleted rows are written, and no snapshot lists them.
    case deletionWritten
    /// History is without the rows; files that held them, and the online rows, are still there.
    case deletionCommitted
    /// All is removed, and the deletion is not noted as done.
    case deletionOnline

    #if DEBUG
        static let action = Mutex<(@Sendable (CrashPoint) -> Void)?>(nil)
    #endif

    @inline(__always)
    static func reach(_ point: CrashPoint) {
        #if DEBUG
            action.withLock { $0 }?(point)
        #endif
    }
}
