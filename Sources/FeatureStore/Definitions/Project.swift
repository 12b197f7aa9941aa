import Columnar
import Foundation

/// A project's folder: what it is configured to be, its definition files, and where its data are.
public struct Project: Hashable, Sendable {
    /// The absolute path of the folder with `fstore.yaml`.
    public let root: String
    public let configuration: ProjectConfiguration
    /// Paths of the YAML files, relative to the root, sorted.
    public let definitionFiles: [String]

    /// Opens the project of the folder `root`.
    ///
    /// - Throws: `DefinitionErrors` if `fstore.yaml` cannot be read.
    public init(root: String) throws {
        let bytes: [UInt8]
        do {
            bytes = try ProjectFile.read(ProjectConfiguration.fileName, root: root)
        } catch {
            throw DefinitionErrors([
                DefinitionError(file: ProjectConfiguration.fileName, position: nil, message: error.message)
            ])
        }
        self.root = root
        configuration = try ProjectConfiguration(text: bytes)
        definitionFiles = Set(configuration.features.flatMap { Self.files(matching: $0, root: root) }).sorted()
    }

    /// Opens the project that `directory` is in: the nearest folder, upwards, with an `fstore.yaml`.
    ///
    /// - Throws: `ProjectNotFound`; `DefinitionErrors` if the file is found but cannot be read; `DataError` if there is no
    ///   such folder.
    public static func find(from directory: String) throws -> Project {
        let start = URL(fileURLWithPath: directory, isDirectory: true).standardizedFileURL.path
        // A misspelt folder must not end in the project of a folder above it.
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: start, isDirectory: &isFolder), isFolder.boolValue else {
            throw DataError("there is no such folder", file: directory)
        }
        var folder = start
        while true {
            let file = (folder as NSString).appendingPathComponent(ProjectConfiguration.fileName)
            if FileManager.default.fileExists(atPath: file) { return try Project(root: folder) }
            let parent = (folder as NSString).deletingLastPathComponent
            guard parent != folder, !parent.isEmpty else { throw ProjectNotFound(directory: start) }
            folder = parent
        }
    }

    private static func files(matching pattern: String, root: String) -> [String] {
        // The root is a path and no pattern, whatever characters are in it.
        let escaped = root.replacing(#/[\\*?\[]/#) { "\\" + $0.output }
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(escaped + "/" + pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in
            guard let path = found.gl_pathv[index] else { return nil }
            return String(String(cString: path).dropFirst(root.count + 1))
        }
    }
}

// MARK: - Where the data are

extension Project {
    private var storeFolder: String { root + "/.fstore" }

    /// Whether this user may write to the store, or make it where there is none.
    public var isWritable: Bool {
        guard access(catalogPath, F_OK) == 0 else { return true }
        return access(storeFolder, W_OK) == 0 && access(catalogPath, W_OK) == 0
    }

    /// The SQLite file of the catalog.
    public var catalogPath: String { storeFolder + "/catalog.sqlite" }
    /// The file that the one writer locks.
    public var lockPath: String { storeFolder + "/writer.lock" }
    /// The file that the one process locks which moves the hot log to segments.
    public var hotLogLockPath: String { storeFolder + "/hot-log.lock" }
    /// The folder of the LMDB environment.
    public var onlineFolder: String { storeFolder + "/online" }
    /// The folder of a view's segments.
    public func offlineFolder(of viewName: String) -> String { storeFolder + "/offline/" + viewName }

    /// The folder of all services' logs, and of a service's.
    var logRoot: String { storeFolder + "/log" }
    func logFolder(of service: String) -> String { logRoot + "/" + service }

    /// The file for the rows that an ingestion begun at `time` set aside.
    public func quarantinePath(view: String, time: Timestamp) -> String {
        // Colons are awkward in file names, on shells and on other systems.
        "\(storeFolder)/quarantine/\(view)-\(time.description.replacing(":", with: "")).csv"
    }
}

extension Project {
    /// The folder of all views' segments.
    var offlineRoot: String { storeFolder + "/offline" }

    /// Where a segment's file is moved when it is taken out of a view.
    func quarantinePath(view: String, segment file: String) -> String { "\(storeFolder)/quarantine/\(view)-\(file)" }
}

/// No folder from here upwards is a project.
public struct ProjectNotFound: Error, Hashable, Sendable, CustomStringConvertible {
    public let directory: String

    public var description: String {
        "no fstore.yaml in \(directory) or in any folder above it: make a project with 'fstore init', or name one with "
            + "--project"
    }
}
