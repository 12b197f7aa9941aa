import Columnar
import Foundation
import Synchronization

/// Computes on-demand features for a few rows at a time, by the loops that columns go through offline (`ExpressionFrame`):
/// inputs are put in one by one as rows are found, and the results lie here until the next rows.
///
/// Does not allocate, but for long texts and vectors.
///
/// Invariant of the unchecked Sendable: used by one thread at a time, that which has taken it from its pool.
final class OnDemandFrames: @unchecked Sendable {
    /// Rows that are computed together.
    static let capacity = 64

    private let plan: OnDemandPlan
    private let frames: [ExpressionFrame]
    let results: [OnDemandResult]
    /// By place among the features that are read: the registers that get them.
    private let readers: [[Register]]
    /// By place among the request fields.
    private let requestReaders: [[Register]]
    /// By step.
    private let resultReaders: [[Register]]
    private let nowReaders: [Register]
    /// What a null vector points at.
    private let zeros: UnsafeMutablePointer<Float>
    /// Rows of the present run.
    private(set) var count = 0

    private struct Register {
        var frame: Int
        var register: Int
        var type: ExpressionType
    }

    /// - Parameters:
    ///   - readCount: features that the service reads.
    ///   - requestCount: its request fields.
    init(_ plan: OnDemandPlan, readCount: Int, requestCount: Int) {
        self.plan = plan
        frames = plan.steps.map { ExpressionFrame($0.expression.program, capacity: Self.capacity) }
        results = plan.steps.map { OnDemandResult($0.type, capacity: Self.capacity) }
        var read = [[Register]](repeating: [], count: readCount)
        var request = [[Register]](repeating: [], count: requestCount)
        var computed = [[Register]](repeating: [], count: plan.steps.count)
        var now: [Register] = []
        var longest = 1
        for (number, step) in plan.steps.enumerated() {
            for (input, source) in zip(step.expression.program.inputs, step.inputs).enumerated() {
                let type = step.expression.inputs[input].type
                let register = Register(frame: number, register: source.0, type: type)
                if case .vector(let count) = type { longest = max(longest, count) }
                switch source.1 {
                case .read(let place): read[place].append(register)
                case .request(let place): request[place].append(register)
                case .computed(let place): computed[place].append(register)
                case .now: now.append(register)
                }
            }
        }
        (readers, requestReaders, resultReaders, nowReaders) = (read, request, computed, now)
        zeros = .allocate(capacity: longest)
        zeros.initialize(repeating: 0, count: longest)
    }

    deinit { zeros.deallocate() }

    /// Begins `count` rows, all of whose inputs are put in next.
    func begin(count: Int) {
        self.count = count
        for number in frames.indices {
            frames[number].begin(count: count)
            for register in plan.steps[number].expression.program.inputs { frames[number].hasNulls[register] = false }
        }
    }

    /// Puts in a feature that was read; what it points at must stay until `run()`.
    ///
    /// - Parameter value: of the feature's type; `none` for what is null, not found or too old.
    @inline(__always)
    func set(_ place: Int, row: Int, _ value: ServedValue) {
        for target in readers[place] { put(value, row, target) }
    }

    private func put(_ value: ServedValue, _ row: Int, _ target: Register) {
        let (frame, register) = (frames[target.frame], target.register)
        switch value {
        case .bool(let flag): frame.fill(register, Int64.self)[row] = flag ? 1 : 0
        case .int(let number), .timestamp(let number): frame.fill(register, Int64.self)[row] = number
        case .float32(let number): frame.fill(register, Double.self)[row] = Double(number)
        case .float64(let number): frame.fill(register, Double.self)[row] = number
        case .string(let bytes), .bytes(let bytes): frame.fill(register, TextSlice.self)[row] = TextSlice(bytes)
        case .vector(let elements):
            // Rows of a map are not aligned.
            let memory = frame.arena.take(elements.count + 3)
            guard let start = memory.baseAddress?.alignedUp(for: Float.self), let from = elements.baseAddress else {
                return
            }
            memcpy(start, from, elements.count)
            frame.fill(register, UnsafePointer<Float>.self)[row] = UnsafePointer(
                start.assumingMemoryBound(to: Float.self))
        case .none:
            if !frame.hasNulls[register] {
                frame.valid(register).update(repeating: 1, count: count)
                frame.hasNulls[register] = true
            }
            frame.valid(register)[row] = 0
            switch target.type {
            case .string, .bytes: frame.fill(register, TextSlice.self)[row] = .empty
            case .vector: frame.fill(register, UnsafePointer<Float>.self)[row] = UnsafePointer(zeros)
            default: frame.fill(register, Int64.self)[row] = 0
            }
        }
    }

    /// Puts in rows of a request field's column, which is of the field's type.
    func set(request place: Int, _ column: Column, rows: Range<Int>) {
        for target in requestReaders[place] {
            ExpressionSource(column, type: target.type).load(rows, into: target.register, of: frames[target.frame])
        }
    }

    /// Computes all steps from what was put in.
    ///
    /// - Parameter now: what expressions read as `now`.
    func run(at now: Timestamp) {
        for target in nowReaders {
            frames[target.frame].fill(target.register, Int64.self).update(repeating: now.microseconds, count: count)
        }
        for (number, step) in plan.steps.enumerated() {
            let frame = frames[number]
            frame.run()
            results[number].take(step.expression.type, from: frame)
            for target in resultReaders[number] {
                results[number].lend(to: frames[target.frame], target.register, count: count)
            }
        }
    }
}

/// Frames that are not in use: as many as threads have read at once.
final class OnDemandFramesPool: Sendable {
    private let free = Mutex<[OnDemandFrames]>([])
    private let make: @Sendable () -> OnDemandFrames

    init(_ make: @escaping @Sendable () -> OnDemandFrames) { self.make = make }

    /// Runs `body` with frames that no other thread has.
    @inline(__always)
    func withFrames<Result>(_ body: (OnDemandFrames) throws -> Result) rethrows -> Result {
        let frames = free.withLock { $0.popLast() } ?? make()
        defer { free.withLock { $0.append(frames) } }
        return try body(frames)
    }
}
