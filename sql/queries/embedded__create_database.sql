create database shans
