import Columnar
import Foundation

extension FeatureStore {
    /// The fitted encoders that `name` means: `service`, the newest, or `service@version`.
    ///
    /// - Throws: `StoreError.badRequest` if there are none.
    public func encoderState(_ name: String) throws -> EncoderState {
        let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1 { return try encoderState(of: name, version: nil) }
        guard !parts[0].isEmpty, let version = Int(parts[1]) else {
            throw StoreError.badRequest("'\(name)' names no encoders; write SERVICE or SERVICE@N")
        }
        return try encoderState(of: parts[0], version: version)
    }

    /// The fitted encoders of a service: of a version, or the newest.
    public func encoderState(of service: String, version: Int?) throws -> EncoderState {
        guard let wanted = try version ?? catalog.newestEncoderVersion(of: service) else {
            let isKnown = try definitions().featureService(named: service) != nil
            throw isKnown
                ? StoreError.badRequest(
                    "'\(service)' has no fitted encoders; run 'fstore fit \(service) --training-set …' first")
                : StoreError.unknown(
                    kind: "feature service", name: service,
                    suggestion: Spelling.nearest(to: service, in: try definitions().featureServices.map(\.name)))
        }
        guard let json = try catalog.encoderState(of: service, version: wanted) else {
            let known = try catalog.encoderVersions(of: service).map { "\(service)@\($0)" }
            throw StoreError.badRequest(
                known.isEmpty
                    ? "'\(service)' has no fitted encoders; run 'fstore fit \(service) --training-set …' first"
                    : "there is no \(service)@\(wanted); there is \(known.joined(separator: ", "))")
        }
        do {
            return try JSONDecoder().decode(EncoderState.self, from: json)
        } catch {
            throw StoreError.badRequest(
                "the encoders \(service)@\(wanted) cannot be read (\(error)); fit them again")
        }
    }

    /// All fitted encoders of a service, the oldest first.
    public func encoderStates(of service: String) throws -> [EncoderState] {
        try catalog.encoderVersions(of: service).map { try encoderState(of: service, version: $0) }
    }

    /// The newest version of a service's fitted encoders; nil if there are none.
    public func newestEncoderVersion(of service: String) throws -> Int? {
        try catalog.newestEncoderVersion(of: service)
    }
}
