import Foundation

/// Lets whoever started work that takes long stop it: the work looks here now and then, and undoes itself by an error.
///
/// ```swift
/// try Cancellation.when({ flag.isSet }) { try store.ingest("driver_stats") }
/// ```
///
/// Work calls `check()` between blocks of rows, where it may throw as at any damaged block; it holds for all that is
/// called inside, on the threads of `Parallel`, too. Work that is not started so is never stopped.
public enum Cancellation {
    /// Runs `work`, which ends with `DataError.stopped` soon after `isRequested` has become true.
    ///
    /// - Parameter isRequested: asked often, from any thread; it must stay true once it is.
    public static func when<Result>(
        _ isRequested: @escaping @Sendable () -> Bool, _ work: () throws -> Result
    ) rethrows -> Result {
        try Scope(request: Request(isRequested)).run(work)
    }

    /// Runs `work`, which cannot be stopped: what a thread does for others too, for example.
    public static func ignored<Result>(_ work: () throws -> Result) rethrows -> Result {
        try Scope(request: nil).run(work)
    }

    /// - Throws: `DataError.stopped` if the work that calls is to stop.
    @inline(__always)
    public static func check() throws(DataError) {
        if let request = scope.request, request.isMade() { throw .stopped }
    }

    /// What a part of this thread's work must be run in on another thread, so that it can be stopped with the whole.
    static var scope: Scope { Scope(request: Request.ofThread) }

    struct Scope: Sendable {
        fileprivate let request: Request?

        func run<Result>(_ work: () throws -> Result) rethrows -> Result {
            let outer = Request.ofThread
            Request.ofThread = request
            defer { Request.ofThread = outer }
            return try withExtendedLifetime(request, work)
        }
    }
}

/// A request to stop that somebody may make.
///
/// Invariant of `ofThread`: it is kept alive by the scope that the thread is in, on this thread or on the one that has
/// handed the work over and waits for it.
private final class Request: Sendable {
    let isMade: @Sendable () -> Bool

    init(_ isMade: @escaping @Sendable () -> Bool) { self.isMade = isMade }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key, nil)
        precondition(status == 0, "the process has no key for values of threads left")
        return key
    }()

    /// The request that may stop what this thread is doing.
    static var ofThread: Request? {
        get { pthread_getspecific(key).map { Unmanaged<Request>.fromOpaque($0).takeUnretainedValue() } }
        set { pthread_setspecific(key, newValue.map { Unmanaged.passUnretained($0).toOpaque() }) }
    }
}

extension DataError {
    /// The error of work that was told to stop.
    public static let stopped = DataError("stopped before it was done; nothing of it is kept", isCancellation: true)
}
