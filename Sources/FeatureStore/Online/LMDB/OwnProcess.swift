import Foundation

/// Tells a process from those that it forks, at the price of reading a word.
///
/// A fork inherits its parent's places among LMDB's readers, but not the right to use them: parent and child would
/// say in one place what each of them reads.
enum OwnProcess {
    /// The process's id, or 0 in a child until it asks.
    ///
    /// Invariant: written before there is a second thread, in the child of a fork, or under `make`'s once.
    nonisolated(unsafe) private static let word: UnsafeMutablePointer<pid_t> = make()

    private static func make() -> UnsafeMutablePointer<pid_t> {
        let word = UnsafeMutablePointer<pid_t>.allocate(capacity: 1)
        word.initialize(to: getpid())
        pthread_atfork(nil, nil) { OwnProcess.word.pointee = getpid() }
        return word
    }

    static var id: pid_t {
        @inline(__always) get { word.pointee }
    }
}
